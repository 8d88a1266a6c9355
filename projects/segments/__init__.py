"""Saved filters, of a person or of a whole project."""
