"""The bot on a real Valkey, a real Bolt and the strict stand-in for Slack."""
