"""Every playbook as the runbook a person would follow, kept here to be read aloud."""
