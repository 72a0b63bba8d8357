"""Laws of jobs/work."""
