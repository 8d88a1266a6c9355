"""Thin Celery shells; they carry no data."""

import logging

from celery import shared_task

from projects import registry
from projects.danger import services
from projects.services import publish_changed

log = logging.getLogger(__name__)


@shared_task
def hand_over_erasures() -> int:
    """Hand erasures to the collector and write down what is finished; may be lost or doubled."""
    return services.hand_over_erasures()


@shared_task
def publish_rules() -> int:
    """Push rules that changed without a push, as with a plan; may be lost or doubled."""
    try:
        return publish_changed()
    except registry.RegistryUnavailable as error:
        log.error("rules wait for the registry: %s", error)
        return 0
