"""Malformed requests over raw sockets against a running collector: `make fuzz`."""
