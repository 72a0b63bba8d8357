"""Laws of the local cluster and of what stands around it."""
