"""Composition and operations: what builds the processes and installs them."""
