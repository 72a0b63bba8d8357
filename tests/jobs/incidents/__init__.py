"""What a recovery is measured by."""
