# On OpenBao in addition to looker.hcl: all metadata of a mount in one call. HashiCorp Vault does not know
# the capability `scan`, and refuses a policy that names it.

path "vps/detailed-metadata/*" {
  capabilities = ["scan"]
}

path "smtp/detailed-metadata/*" {
  capabilities = ["scan"]
}

path "api_keys/detailed-metadata/*" {
  capabilities = ["scan"]
}

path "dkim/detailed-metadata/*" {
  capabilities = ["scan"]
}
