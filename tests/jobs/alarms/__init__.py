"""Laws of the letters."""
