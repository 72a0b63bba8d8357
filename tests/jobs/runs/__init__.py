"""What may happen to a run."""
