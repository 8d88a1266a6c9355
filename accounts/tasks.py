"""Celery's way into services: each task only calls one."""

from celery import shared_task

from accounts import outbox
from accounts.services import quota
from accounts.services.expired import forget_expired as forget


@shared_task
def deliver_waiting_mail() -> None:
    """Try again what a mail server did not take."""
    outbox.deliver_waiting_mail()


@shared_task
def forget_old_mail() -> None:
    """Keep no addresses longer than a question about a mail is likely."""
    outbox.forget_old_mail()


@shared_task
def forget_expired() -> int:
    """Delete sessions and tokens that are over."""
    return forget()


@shared_task
def settle_quotas() -> int:
    """Let counting go on where a month has begun; may be lost or doubled."""
    return quota.settle_quotas()
