"""Apps of other people: consent for chosen projects, and everything their tokens go through."""
