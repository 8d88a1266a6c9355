"""Django's mail backend that keeps every mail in SQL until the real one has taken it.

A mail is tried at once, then by Celery with growing pauses. Writes only `OutgoingMail`.
"""

import logging
import smtplib
from collections.abc import Sequence
from datetime import timedelta
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import OutgoingMail

log = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=1)
# Longer than the real backend may take, so that no two processes send one mail.
CLAIM = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=30)
KEPT_WHEN_SENT = timedelta(days=7)
KEPT_WHEN_FAILED = timedelta(days=30)
AT_ONCE = 100


class Outbox(BaseEmailBackend):
    """What `send_mail` of any part of the product ends in."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep mails; send them as soon as the caller's transaction is committed."""
        for message in email_messages:
            keep_mail(message=message)
        return len(email_messages)


def keep_mail(*, message: EmailMessage) -> OutgoingMail:
    """Store a mail in the caller's transaction and send it after."""
    if message.attachments:
        raise ValueError("the outbox keeps text and HTML only")
    html = next((a[0] for a in getattr(message, "alternatives", []) if a[1] == "text/html"), "")
    now = timezone.now()
    kept = OutgoingMail.objects.create(
        recipients=message.recipients(),
        sender=message.from_email,
        subject=str(message.subject),
        text=str(message.body),
        html=html,
        message_id=make_msgid(domain="daysalt"),
        next_try_at=now,
        good_until=now + (getattr(message, "good_for", None) or GOOD_FOR),
    )
    transaction.on_commit(lambda: _send_at_once(kept.pk))
    return kept


def deliver_mail(*, pk: int) -> bool:
    """Send one mail if it is due; tell whether the server took it. Safe to call twice at once."""
    now = timezone.now()
    due = OutgoingMail.objects.filter(pk=pk, sent_at=None, next_try_at__lte=now)
    if not due.filter(good_until__gt=now).update(
        next_try_at=now + CLAIM, attempts=F("attempts") + 1
    ):
        return False
    mail = OutgoingMail.objects.get(pk=pk)
    try:
        _message(mail).send()
    except (smtplib.SMTPException, OSError) as error:
        log.warning("mail %s waits: %s", pk, type(error).__name__)
        problem = f"{type(error).__name__}: {error}"[:500]
        end = {"error": problem, "next_try_at": timezone.now() + _pause(mail.attempts)}
    else:
        # What was said is nobody's business once it is sent.
        end = {"sent_at": timezone.now(), "error": "", "text": "", "html": ""}
    # The mail may have been deleted with its person meanwhile, and must not come back.
    OutgoingMail.objects.filter(pk=pk).update(tried_at=now, **end)
    return "sent_at" in end


def deliver_waiting_mail() -> int:
    """Send what is due; return how many mails the server took."""
    now = timezone.now()
    due = OutgoingMail.objects.filter(sent_at=None, next_try_at__lte=now, good_until__gt=now)
    return sum(
        deliver_mail(pk=pk) for pk in due.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    )


def forget_old_mail() -> None:
    """Delete what was sent a week ago, and what could not be sent a month ago."""
    now = timezone.now()
    OutgoingMail.objects.filter(sent_at__lt=now - KEPT_WHEN_SENT).delete()
    OutgoingMail.objects.filter(sent_at=None, good_until__lt=now - KEPT_WHEN_FAILED).delete()
    # A mail that was given up keeps its reason, not its words.
    OutgoingMail.objects.filter(sent_at=None, good_until__lt=now).update(text="", html="")


def _send_at_once(pk: int) -> None:
    """Try now, unless the server was away a moment ago: a page must not wait for it again."""
    recent = timezone.now() - timedelta(minutes=1)
    last = OutgoingMail.objects.filter(tried_at__gt=recent).exclude(error="")
    if not last.exists():
        deliver_mail(pk=pk)


def _pause(attempts: int) -> timedelta:
    doubled = min(attempts - 1, 10)
    return min(timedelta(seconds=30 * (1 << doubled)), LONGEST_PAUSE)


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        mail.sender,
        mail.recipients,
        headers={"Message-ID": mail.message_id},
        connection=get_connection(settings.MAIL_TRANSPORT),
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message
