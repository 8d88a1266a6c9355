"""What a project counts as a success."""
