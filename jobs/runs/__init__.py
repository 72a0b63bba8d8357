"""What may happen to a run, and nothing that touches the outside: start with lifecycle.py."""
