"""Bolt's handlers, one file a kind: acknowledge, put a request, return."""
