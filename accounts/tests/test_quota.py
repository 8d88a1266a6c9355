"""Far beyond the plan, after the months of grace: who is told, and what ends it."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core import mail

from accounts import tasks
from accounts.models import Organization
from accounts.services import change_plan, record_usage
from accounts.services.quota import settle_quotas

pytestmark = pytest.mark.django_db
NOVEMBER, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (11, 12))


@pytest.fixture
def small(cast):
    """The organization on the plan of 10,000 events, over it in September and October."""
    cast.organization.plan = "free"
    cast.organization.save()
    with time_machine.travel(NOVEMBER, tick=False):
        for month in (9, 10):
            use(cast.organization, 20_000, month)
        yield cast.organization


def use(organization, events, month=11):
    """Set the events of a month; return whether counting has ended."""
    record_usage(organization_id=organization.pk, month=date(2026, month, 1), events=events)
    return is_over(organization)


def is_over(organization):
    """Tell what is written down now."""
    return Organization.objects.get(pk=organization.pk).over_quota


def test_counting_ends_at_ten_times_the_plan(small):
    """Not one event earlier."""
    assert not use(small, 99_999)
    assert use(small, 100_000)


def test_it_never_ends_within_the_months_of_grace(small):
    """However much comes."""
    use(small, 10_000, month=10)
    assert not use(small, 10_000_000)


def test_a_closed_account_hears_nothing(small, cast, django_capture_on_commit_callbacks):
    """As with every mail of an organization."""
    mail.outbox.clear()
    cast.billing.is_active = False
    cast.billing.save()
    with django_capture_on_commit_callbacks(execute=True):
        use(small, 100_000)
    assert {sent.to[0] for sent in mail.outbox} == {"owner@example.com"}


def test_an_operator_sets_how_far_is_too_far(small, settings):
    """Or that nothing is."""
    settings.QUOTA_PERCENT = 0
    assert not use(small, 10_000_000)
    settings.QUOTA_PERCENT = 100
    assert use(small, 10_000)


def test_owners_and_billing_hear_of_it_once(small, cast, django_capture_on_commit_callbacks):
    """With the plan, the month and the way out; the log has a line."""
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        for events in (100_000, 100_001, 200_000):
            use(small, events)
    told = [sent for sent in mail.outbox if "no longer counted" in sent.subject]
    assert sorted(sent.to[0] for sent in told) == ["billing@example.com", "owner@example.com"]
    for text in (told[0].body, told[0].alternatives[0].content):
        assert "1,000\xa0%" in text or "1,000 %" in text
        assert "November 2026" in text and "/usage/" in text
    assert [line.target for line in small.audit_entries.filter(action="quota.reach")] == ["free"]


def test_every_page_that_shows_the_plan_says_so(small, cast):
    """The usage page and the API, for those who may see them."""
    use(small, 100_000)
    page = f"/organizations/{small.public_id}/usage/"
    assert b"are not counted" in cast.call("billing", "GET", page).content
    told = cast.call("billing", "GET", f"/api/v1/organizations/{small.public_id}/usage").json()
    assert (told["standing"], told["over_quota"]) == ("upgrade", True)


def test_a_larger_plan_ends_it_at_once(small):
    """If the month fits ten times into it."""
    use(small, 1_000_000)
    change_plan(organization=small, plan="starter", principal=None)
    assert not is_over(small)
    assert small.audit_entries.filter(action="quota.lift").count() == 1


def test_a_plan_that_is_still_too_small_does_not(small):
    """Two months over the new plan as well, and ten times its events."""
    for month in (9, 10):
        use(small, 200_000, month)
    use(small, 1_000_000)
    change_plan(organization=small, plan="starter", principal=None)
    assert is_over(small)


def test_a_new_month_ends_it_without_a_single_event(small):
    """The task on beat does, and nothing before."""
    use(small, 100_000)
    assert tasks.settle_quotas() == 1
    with time_machine.travel(DECEMBER, tick=False):
        assert settle_quotas() == 0
    assert not is_over(small)
