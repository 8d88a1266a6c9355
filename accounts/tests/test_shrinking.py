"""A plan became smaller: how long it still keeps what the larger one kept, and who is told."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from accounts.models import Organization
from accounts.plans import kept_months
from accounts.services import change_plan

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def growth(cast):
    """On the plan that keeps 48 months, since long."""
    return cast.organization


def put_on(organization, plan, day):
    """Change the plan on a day; return it as it is stored."""
    with time_machine.travel(DAY + timedelta(days=day), tick=False):
        change_plan(organization=organization, plan=plan, principal=None)
    return Organization.objects.get(pk=organization.pk)


def kept_on(organization, day):
    """Return the months that are kept on a day."""
    with time_machine.travel(DAY + timedelta(days=day), tick=False):
        return kept_months(Organization.objects.get(pk=organization.pk))


def test_a_smaller_plan_counts_after_a_week(growth):
    """Not one second earlier."""
    put_on(growth, "free", 0)
    assert kept_on(growth, 7 - 1 / 86_400) == 48
    assert kept_on(growth, 7) == 24


def test_a_larger_plan_counts_at_once_and_ends_the_wait(growth):
    """And what is kept then is what it keeps."""
    put_on(growth, "free", 0)
    assert put_on(growth, "business", 6).kept_until is None
    assert kept_on(growth, 6) == kept_on(growth, 8) == 60


def test_step_by_step_is_one_week(growth):
    """To and fro between smaller plans keeps nothing for longer."""
    for day, plan in ((0, "starter"), (3, "free"), (5, "starter"), (6, "free")):
        put_on(growth, plan, day)
    assert (kept_on(growth, 6), kept_on(growth, 7)) == (48, 24)


def test_owners_and_billing_are_told_once(growth, cast, django_capture_on_commit_callbacks):
    """By mail, with the day; a closed account gets none."""
    mail.outbox.clear()
    cast.billing.is_active = False
    cast.billing.save()
    with django_capture_on_commit_callbacks(execute=True):
        for plan in ("free", "starter", "free", "growth"):
            put_on(growth, plan, 0)
    told = [sent for sent in mail.outbox if "will be deleted" in sent.subject]
    assert [sent.to for sent in told] == [["owner@example.com"]]
    for text in (told[0].body, told[0].alternatives[0].content):
        assert "24 months" in text and "8 November 2026, 12:00 UTC" in text


def test_the_usage_page_names_the_day(growth, cast):
    """As long as there is something to be done about it."""
    page = f"/organizations/{growth.public_id}/usage/"
    put_on(growth, "free", 0)
    for day, is_told in ((1, True), (8, False)):
        with time_machine.travel(DAY + timedelta(days=day), tick=False):
            text = cast.client("owner").get(page).content.decode()
        assert ("deleted from 8 November 2026, 12:00 UTC" in text) is is_told
