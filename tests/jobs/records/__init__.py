"""Laws of jobs/records."""
