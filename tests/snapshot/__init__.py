"""Laws of the pure snapshot code: what is refused, and what names mean."""
