# What the worker may do in a cluster while it carries out a run: take a snapshot, load one, and read
# the canaries back. It reads no tenant's secret. It initialises and force-loads an empty node with
# that node's own first token, so nothing is granted for that here.

# A fresh nonce goes into every backup, and is read back after a restore.
path "vps/data/test-tenant-id/backup_nonce" {
  capabilities = ["create", "update", "read"]
}

# The three canary secrets; change them together with `canaries` in the configuration.
path "vps/data/test-tenant-id/admin_ssh" {
  capabilities = ["read"]
}

path "smtp/data/test-tenant-id/admin" {
  capabilities = ["read"]
}

path "api_keys/data/test-tenant-id/test-key-id" {
  capabilities = ["read"]
}

# Reading takes a snapshot; updating replaces all data. Vault offers nothing finer.
path "sys/storage/raft/snapshot" {
  capabilities = ["read", "update"]
}

# Who votes, and whether the cluster survives the loss of a node.
path "sys/storage/raft/configuration" {
  capabilities = ["read"]
}

path "sys/storage/raft/autopilot/state" {
  capabilities = ["read"]
}

# The role leaves the `default` policy out, so a token's rights over itself stand here.
# A load is done once Vault no longer knows the token that it was sent with.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}
