"""Thin Celery shells; they carry no data."""

from datetime import UTC, datetime

from celery import shared_task

from collector import salts
from projects import registry


@shared_task
def make_salts_ahead() -> int:
    """Make today's and tomorrow's salt of every zone in use."""
    return salts.make_ahead(registry.zones(), datetime.now(UTC))
