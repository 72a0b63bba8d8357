"""Playbooks that keep a cluster running, or close it."""
