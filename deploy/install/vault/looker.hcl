# What the looker may do: see names, versions and times, and how far a rotation of the shares is. No
# value, no snapshot, no change.

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

# OpenBao lists a whole mount here in one call (looker-openbao.hcl). HashiCorp Vault must be allowed to
# say that it has no such path: a refusal would not tell the two apart.
path "vps/detailed-metadata/*" {
  capabilities = ["read"]
}

path "smtp/detailed-metadata/*" {
  capabilities = ["read"]
}

path "api_keys/detailed-metadata/*" {
  capabilities = ["read"]
}

path "dkim/detailed-metadata/*" {
  capabilities = ["read"]
}

# Who votes, and whether the cluster survives the loss of a node.
path "sys/storage/raft/configuration" {
  capabilities = ["read"]
}

path "sys/storage/raft/autopilot/state" {
  capabilities = ["read"]
}

# Whether a rotation of the unseal key shares is under way: its nonce and counts, never a share.
path "sys/rotate/root/init" {
  capabilities = ["read"]
}

path "sys/rotate/root/verify" {
  capabilities = ["read"]
}

# The role leaves the `default` policy out, so the right to end its own token stands here.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
