"""Playbooks for when somebody may have got in."""
