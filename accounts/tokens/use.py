"""Remembers when a token was last used; what authenticates stands on this alone."""

import logging

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import ApiToken

log = logging.getLogger(__name__)


def mark_used(*, token: ApiToken) -> None:
    """Remember the day of use: one write a day at most, and never a reason to refuse."""
    today = timezone.now().date()
    if token.last_used_on == today:
        return
    try:
        with transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    except DatabaseError as error:
        log.warning("the use of token %s was not remembered: %s", token.public_id, error)
