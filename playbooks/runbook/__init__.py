"""Playbooks as pages that a person can follow when everything else is down."""
