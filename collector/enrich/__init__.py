"""Facts that are read off the request: device, source, place."""
