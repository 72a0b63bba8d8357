"""One suite a noun of the world, passed by the stand-in and by the real adapters alike."""
