"""What every playbook is made of: steps, plans, values, and what may be asked of the world outside."""
