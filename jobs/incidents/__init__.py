"""What a recovery is measured by, and the report it ends with. Pure."""
