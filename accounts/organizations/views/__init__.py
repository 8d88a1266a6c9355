"""The pages of organizations, one file for each tab."""
