"""Issue 2's proof: a thousand visits over plain HTTP against a recount in plain Python."""
