"""Laws of the local world."""
