# What the looker may do: see names, versions and times. No value, no snapshot, no change.

path "vps/metadata/*" {
  capabilities = ["list", "read"]
}

path "smtp/metadata/*" {
  capabilities = ["list", "read"]
}

path "api_keys/metadata/*" {
  capabilities = ["list", "read"]
}

path "dkim/metadata/*" {
  capabilities = ["list", "read"]
}

# Who votes, and whether the cluster survives the loss of a node.
path "sys/storage/raft/configuration" {
  capabilities = ["read"]
}

path "sys/storage/raft/autopilot/state" {
  capabilities = ["read"]
}

# The role leaves the `default` policy out, so a token's rights over itself stand here.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}
