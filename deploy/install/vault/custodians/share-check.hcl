# For who may start `vault-responder custodian check --together`: begin a rotation that is never
# ended, and cancel it. Without the shares of enough custodians nothing comes of one. No policy can
# ask who began what is cancelled.
path "sys/rotate/root/init" {
  capabilities = ["read", "update", "delete"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}
