"""Playbooks that make, prove and load backups; one file a playbook."""
