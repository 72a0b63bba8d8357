"""Words for a person who works without the bot: pages to follow, and backups opened and made."""
