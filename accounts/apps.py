"""Registers the app with Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "accounts"

    def ready(self) -> None:
        """Register what `manage.py check` looks at."""
        import accounts.checks  # noqa: F401 - registers itself
