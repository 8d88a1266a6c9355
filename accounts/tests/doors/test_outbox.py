"""A mail server that is away: nothing is lost, nothing is sent twice, nobody waits for it."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.mail import compose
from accounts.models import OutgoingMail
from accounts.operators import site as operators
from accounts.tests.doors.conftest import new_address, new_client

pytestmark = pytest.mark.django_db(transaction=True)


class Away(EmailBackend):
    """A mail server that nothing reaches."""

    tries = 0

    def send_messages(self, messages):
        """Refuse, as a socket does."""
        Away.tries += 1
        raise ConnectionRefusedError("mail.example.com: Connection refused")


class Grumpy(EmailBackend):
    """A mail server that takes nothing now."""

    def send_messages(self, messages):
        """Refuse, as SMTP does."""
        raise smtplib.SMTPServerDisconnected("try again later")


class Slow(EmailBackend):
    """A mail server so slow that the receiver's account is erased meanwhile."""

    def send_messages(self, messages):
        """Take it, late."""
        OutgoingMail.objects.all().delete()
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def queue(settings):
    """The product's own backend, over one that remembers."""
    settings.EMAIL_BACKEND = "accounts.outbox.Outbox"
    serve(settings, EmailBackend)
    Away.tries = 0


def serve(settings, backend):
    """Choose the mail server."""
    settings.MAIL_TRANSPORT = f"{backend.__module__}.{backend.__qualname__}"


def send(to="somebody@example.com"):
    """Send a mail as any part of the product does."""
    message = EmailMultiAlternatives("Hello", "text", to=[to])
    message.attach_alternative("<p>html</p>", "text/html")
    message.send()
    return OutgoingMail.objects.latest("pk")


def test_a_mail_is_sent_at_once_and_its_words_are_forgotten():
    """Subject and address stay for a week, for questions."""
    kept = send()
    assert [one.subject for one in mail.outbox] == ["Hello"]
    assert mail.outbox[0].alternatives[0][0] == "<p>html</p>"
    assert kept.sent_at and not kept.text and not kept.html
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        outbox.forget_old_mail()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("server", [Away, Grumpy])
def test_a_mail_waits_for_a_server_that_is_away(settings, server):
    """And goes out when it is back, under the same Message-ID."""
    serve(settings, server)
    kept = send()
    assert not mail.outbox and kept.sent_at is None and kept.error
    assert outbox.deliver_waiting_mail() == 0, "not before its pause is over"
    serve(settings, EmailBackend)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert outbox.deliver_waiting_mail() == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == kept.message_id
    assert outbox.deliver_waiting_mail() == 0


def test_signing_up_works_while_the_server_is_away(settings):
    """The page is the same; the code comes later, or another is asked for."""
    serve(settings, Away)
    form = {"email": new_address(), "password1": "a long enough passphrase"}
    answer = new_client().post(reverse("account_signup"), form)
    assert answer.url == reverse("account_email_verification_sent")
    assert OutgoingMail.objects.get().attempts == 1


def test_only_the_first_page_waits_for_a_server_that_is_away(settings):
    """A minute long, new mail goes to the queue unasked."""
    serve(settings, Away)
    for _ in range(5):
        send()
    assert Away.tries == 1
    assert OutgoingMail.objects.filter(sent_at=None).count() == 5


def test_pauses_grow_and_a_day_old_mail_is_given_up(settings):
    """Its reason stays, where an operator sees it; its words do not."""
    serve(settings, Away)
    kept = send()
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        while timezone.now() < start + timedelta(days=2):
            outbox.deliver_waiting_mail()
            outbox.forget_old_mail()
            clock.shift(60)
    kept.refresh_from_db()
    assert 40 < kept.attempts < 60
    assert kept.sent_at is None and "Connection refused" in kept.error and not kept.text
    shown = operators.get_model_admin(OutgoingMail).list_display
    assert {"subject", "recipients", "attempts", "error"} <= set(shown)


def test_a_code_that_has_died_is_not_mailed(settings):
    """It would only mislead."""
    serve(settings, Away)
    compose("account/email/login_code.html", "a@example.com", {"code": "BCDF-GHJK"}).send()
    serve(settings, EmailBackend)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert outbox.deliver_waiting_mail() == 0
    assert not mail.outbox


def test_a_mail_of_a_transaction_that_failed_is_never_sent():
    """It goes with what it was about."""
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        send()
        raise RuntimeError
    assert not mail.outbox and not OutgoingMail.objects.exists()


def test_twenty_workers_send_one_mail_once(settings):
    """Whoever claims it first."""
    serve(settings, Away)
    kept = send()
    serve(settings, EmailBackend)
    OutgoingMail.objects.update(next_try_at=timezone.now())

    def deliver(_):
        try:
            return outbox.deliver_mail(pk=kept.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(deliver, range(20))) == 1
    assert len(mail.outbox) == 1


def test_an_erased_mail_does_not_come_back(settings):
    """Not even when it was on its way."""
    serve(settings, Slow)
    EmailMultiAlternatives("Hello", "text", to=["somebody@example.com"]).send()
    assert len(mail.outbox) == 1
    assert not OutgoingMail.objects.exists()


def test_beat_wakes_the_queue():
    """Every task of the table exists."""
    from analytics_saas.celery import app

    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "accounts.tasks.deliver_waiting_mail" in wanted
    assert wanted <= set(app.tasks)
