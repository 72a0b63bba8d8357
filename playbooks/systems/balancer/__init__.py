"""Drivers of balancers; one file a kind."""
