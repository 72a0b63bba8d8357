"""The custodian's program."""
