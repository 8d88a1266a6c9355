"""SQL from outside of Django's requests, where nobody else looks after connections."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def brief_connection() -> Iterator[None]:
    """Use this thread's connection without trusting an old one, and keep none behind."""
    from django.db import connection

    connection.close_if_unusable_or_obsolete()
    try:
        yield
    finally:
        connection.close_if_unusable_or_obsolete()
