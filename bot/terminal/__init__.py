"""All that the bot does, from a shell."""
