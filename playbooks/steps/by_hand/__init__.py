"""What a person does instead of the bot, as playbooks/runbook/parts.py says to write it."""
