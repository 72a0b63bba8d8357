"""The product as a whole: the demo, its people, and whatever ends its processes."""
