"""Drivers of the machines that Vault runs on; one file a kind."""
