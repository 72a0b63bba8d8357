"""What a playbook may ask of the world outside: one Protocol a noun, gathered in world.py."""
