"""What a Raft snapshot archive is, and how backups are named."""
