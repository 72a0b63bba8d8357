"""How ready the organisation is: the checklist, and the evidence that ticks it. Pure."""
