# On OpenBao in addition to looker.hcl: all metadata of a mount in one call. HashiCorp Vault has neither
# these paths nor the capability `scan`, and refuses a policy that names it.

path "vps/detailed-metadata/*" {
  capabilities = ["list", "scan"]
}

path "smtp/detailed-metadata/*" {
  capabilities = ["list", "scan"]
}

path "api_keys/detailed-metadata/*" {
  capabilities = ["list", "scan"]
}

path "dkim/detailed-metadata/*" {
  capabilities = ["list", "scan"]
}
