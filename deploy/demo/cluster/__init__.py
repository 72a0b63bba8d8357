"""A real Vault cluster on this machine, and what stands around it."""
