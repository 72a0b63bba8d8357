# What a custodian may do in a cluster: give the old share to a rotation that somebody else began,
# fetch the new one, prove it. They can neither begin nor cancel one. To unseal takes no login.

# How far the rotation is, and for whose PGP keys it makes new shares.
path "sys/rotate/root/init" {
  capabilities = ["read"]
}

path "sys/rotate/root/update" {
  capabilities = ["update"]
}

path "sys/rotate/root/verify" {
  capabilities = ["read", "update"]
}

# The new shares, each encrypted for the PGP key of one custodian.
path "sys/rotate/root/backup" {
  capabilities = ["read"]
}

# Word for each other that holds no secret: Vault itself does not tell how a rotation ended.
path "vps/data/test-tenant-id/custodians/*" {
  capabilities = ["create", "update", "read"]
}

# The role leaves the `default` policy out, so a token's rights over itself stand here.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
