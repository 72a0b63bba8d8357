"""A strict, small stand-in for Slack: Web API, Socket Mode, and the page people use."""
