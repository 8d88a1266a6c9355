"""Made-up traffic for a first look at a full dashboard; never part of a real project."""
