"""Checks of the repository itself that no tool brings."""
