# What whoever follows a printed runbook needs beside the policy of the worker, whose work they do:
# to see that the worker's role is there. Custodians need nothing of this.

path "auth/vault-responder/role/worker" {
  capabilities = ["read"]
}
