"""What people see in Slack: one file a thing, all of it pure."""
