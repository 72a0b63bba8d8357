"""Tests of composition and settings."""
