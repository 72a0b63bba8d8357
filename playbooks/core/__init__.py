"""What playbooks are made of: steps, plans, values, and what may be asked of the world."""
