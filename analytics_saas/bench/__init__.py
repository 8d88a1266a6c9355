"""What `make bench` measures: JSON lines about the real product, never asserted in a test."""
