# What the worker may do in a cluster while it carries out a run: take a snapshot, load one, read the
# canaries back, seal, and begin or cancel a rotation of the shares. It reads no tenant's secret, and
# without the custodians' shares a rotation that it begins comes to nothing. It initialises and force-loads an empty node with
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

# Containment. Vault asks for `sudo` here; opening takes the custodians.
path "sys/seal" {
  capabilities = ["update", "sudo"]
}

# Begin, watch and cancel a rotation of the unseal key shares; giving and proving shares is for
# custodians. HashiCorp Vault has none of these paths, and must be allowed to say so.
path "sys/rotate/root/init" {
  capabilities = ["read", "update", "delete"]
}

path "sys/rotate/root/verify" {
  capabilities = ["read"]
}

# The encrypted copies of the new shares, of a rotation that is cancelled.
path "sys/rotate/root/backup" {
  capabilities = ["delete"]
}

# The role leaves the `default` policy out, so a token's rights over itself stand here.
# A load is done once Vault no longer knows the token that it was sent with.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}
