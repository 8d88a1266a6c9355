"""Registers the app with Django."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """The projects app."""

    name = "projects"

    def ready(self) -> None:
        """Register what happens to projects when their organization is deleted."""
        import projects.danger.services  # noqa: F401 - registers itself
