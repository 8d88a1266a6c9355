"""Programs that open pages: by name, by what their requests say, and whose they are."""
