"""Slack in, Slack out: it asks and shows, and can neither decide nor reach Vault."""
