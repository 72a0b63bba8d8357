"""What someone with bad intentions tries on the whole product, and what comes of it."""
