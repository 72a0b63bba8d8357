"""Laws of standing orders: what runs by schedule, once a day, on the word of those who signed."""
