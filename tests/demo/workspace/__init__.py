"""Laws of the Slack stand-in."""
