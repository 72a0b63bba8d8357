"""Slack, bots, workers and Valkey fail at random while people carry runs to their end."""
