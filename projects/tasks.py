"""Thin Celery shells; they carry no data."""

from celery import shared_task

from projects.danger import services


@shared_task
def hand_over_erasures() -> int:
    """Hand erasures to the collector and write down what is finished; may be lost or doubled."""
    return services.hand_over_erasures()
