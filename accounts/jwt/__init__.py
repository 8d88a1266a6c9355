"""JWTs for clients without cookies: allauth's headless log-in, with our own pins."""
