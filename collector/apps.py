"""Registers the app with Django."""

from django.apps import AppConfig

from analytics_saas import queue_numbers


class CollectorConfig(AppConfig):
    """The collector app."""

    name = "collector"

    def ready(self) -> None:
        """Tell the web role's probes how to ask about the queue."""
        queue_numbers.plug(_read_numbers)


def _read_numbers() -> queue_numbers.QueueNumbers | None:
    # Most processes never ask.
    from collector.queue_numbers import read_numbers

    return read_numbers()
