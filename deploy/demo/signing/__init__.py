"""Approvers' own computers: a signing console and an SSH key each, which nobody else reads."""
