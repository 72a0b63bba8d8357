"""Laws of the project: its packaging, its dependencies, what may import what."""
