"""What people see, drawn within Slack's limits."""
