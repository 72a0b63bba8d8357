"""What can be done to a Vault cluster, as tables; start with backups/restore_backup.py."""
