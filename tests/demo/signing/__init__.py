"""Laws of the approvers' signing consoles."""
