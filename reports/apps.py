"""Registers the app with Django."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The reports app."""

    name = "reports"

    def ready(self) -> None:
        """Give the projects what they ask of the reports."""
        from projects import ports
        from reports import overview

        ports.plug(overview.REPORTS)
