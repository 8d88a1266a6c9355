"""Registers the app with Django."""

from django.apps import AppConfig


class CollectorConfig(AppConfig):
    """The collector app."""

    name = "collector"
