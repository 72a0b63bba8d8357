# For `vault-responder custodian check --together` only: begin a rotation that is never ended, and
# cancel it. Without the shares of enough custodians nothing comes of one. Leave this policy and its
# role out where custodians do not check together.

path "sys/rotate/root/init" {
  capabilities = ["read", "update", "delete"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}
