"""What a recovery costs, measured side by side with what a person would run instead."""
