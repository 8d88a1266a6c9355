"""The sites that an organisation measures."""
