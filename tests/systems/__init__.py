"""Laws of the adapters: what they refuse, what they leave behind, what they never show."""
