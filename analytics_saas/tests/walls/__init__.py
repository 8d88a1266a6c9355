"""Proof that nobody sees what is not theirs, and that this proof would notice a hole."""
