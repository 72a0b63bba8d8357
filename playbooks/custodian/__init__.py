"""The program on a custodian's own machine: it speaks to Vault, and to nobody else."""
