"""Checks and acts that several playbooks share."""
