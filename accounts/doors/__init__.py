"""How people get in and out: what allauth leaves to us, and the page that deletes an account."""
