"""Letters to people on call: what they say, by which route they go, and that each goes once."""
