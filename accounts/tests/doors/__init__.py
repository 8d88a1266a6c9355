"""The doors: sign-up, log-in, and the walls around them."""
