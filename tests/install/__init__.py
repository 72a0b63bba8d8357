"""Laws of what a real installation copies."""
