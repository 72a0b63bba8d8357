"""Laws that every playbook must pass, over the stand-in world for speed."""
