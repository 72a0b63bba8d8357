"""The laws of vault-responder."""
