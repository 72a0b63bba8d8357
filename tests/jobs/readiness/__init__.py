"""What the checklist takes as proof."""
