"""The real systems behind core/world, one file or folder a noun."""
