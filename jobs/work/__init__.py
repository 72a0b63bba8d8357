"""Who works on a run: the bell, workers that look and act, the scheduler that rings again."""
