"""Vault and OpenBao clusters, through hvac."""
