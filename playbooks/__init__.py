"""What can be done to a Vault cluster: every playbook is a table of steps; start with backups/restore_backup.py."""
