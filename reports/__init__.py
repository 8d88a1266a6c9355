"""The reading room: query in, numbers out."""
