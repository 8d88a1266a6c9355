"""Thin Celery shells; they carry no data."""

from datetime import UTC, datetime

from celery import shared_task

from analytics_saas.redis import queue
from collector import salts, stream
from projects import registry


@shared_task
def make_salts_ahead() -> int:
    """Make tomorrow's salt of every zone in use."""
    return salts.make_ahead(registry.zones(), datetime.now(UTC))


@shared_task
def wake_drains() -> None:
    """Make every drain look for work; they find it without us too, so this may be lost."""
    stream.wake_drains(queue())
