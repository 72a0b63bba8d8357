"""What the processes share through Redis and the object store, one file a kind of record."""
