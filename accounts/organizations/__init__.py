"""What people and programs see of organizations: pages, forms, API. Writes are in services."""
