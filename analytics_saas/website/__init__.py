"""The public pages; their words live in templates/website."""
