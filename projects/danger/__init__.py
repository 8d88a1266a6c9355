"""What cannot be taken back: transfer, reset, delete."""
