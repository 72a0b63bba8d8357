"""Torture of workers and Redis."""
