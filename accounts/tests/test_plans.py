"""What a plan holds, what is told when it is used up, and that nothing stops in silence."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
import time_machine
from django.core import mail

from accounts import billing as port
from accounts.errors import LimitReached
from accounts.models import Organization, Usage
from accounts.plans import PLANS, plan_of, require_retention, require_room_for_project
from accounts.principal import Principal
from accounts.services import change_plan, invitations, record_usage
from accounts.usage import Standing, report_usage, standing_of

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2026, 11, 15, tzinfo=UTC)


@pytest.fixture
def small(cast):
    """The organization on the smallest plan, in the middle of November."""
    cast.organization.plan = "free"
    cast.organization.save()
    with time_machine.travel(NOVEMBER, tick=False):
        yield cast.organization


@pytest.fixture
def use(small, django_capture_on_commit_callbacks):
    """Set the events of a month, as the ledger will."""

    def use(events, month=11):
        with django_capture_on_commit_callbacks(execute=True):
            record_usage(organization_id=small.pk, month=date(2026, month, 9), events=events)

    return use


def test_every_plan_holds_at_least_what_a_cheaper_one_does():
    """Nobody pays more for less."""
    plans = list(PLANS.values())
    for less, more in pairwise(plans):
        assert less.price_cents < more.price_cents
        for limit in ("events", "projects", "members", "retention_months"):
            assert getattr(less, limit) <= getattr(more, limit)


def test_a_plan_that_is_no_longer_sold_is_the_smallest():
    """A name that nobody knows gives nothing away."""
    assert plan_of(Organization(plan="gone")) is PLANS["free"]


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (lambda one: require_room_for_project(one, existing=5), "allows 5 projects"),
        (lambda one: require_retention(one, 25), "24 months at most"),
    ],
)
def test_a_limit_is_named_with_the_way_out(small, check, says):
    """The plan, the number, and what to do."""
    with pytest.raises(LimitReached, match=says) as reached:
        check(small)
    assert "larger plan" in reached.value.message
    assert (reached.value.status_code, reached.value.code) == (403, "plan_limit")


def test_below_a_limit_nothing_is_said(small):
    """The last project and the last month are allowed."""
    require_room_for_project(small, existing=4)
    require_retention(small, 24)


def test_open_invitations_hold_a_place(cast, small):
    """Whoever was invited can come: the plan is full before the last one has."""
    for who in ("editor", "viewer", "billing"):
        cast.membership(who).delete()
    principal = Principal(user=cast.owner)
    common = {"organization": small, "role": "viewer", "principal": principal}
    invitations.invite(email="third@example.com", **common)
    with pytest.raises(LimitReached, match="allows 3 members"):
        invitations.invite(email="fourth@example.com", **common)


def test_usage_is_set_and_not_added(use):
    """A repeated call changes nothing; any day of a month means the month."""
    for _ in range(2):
        use(5_000)
    row = Usage.objects.get()
    assert (row.month, row.events) == (date(2026, 11, 1), 5_000)


def test_usage_of_an_organization_that_is_gone_is_no_error(db):
    """The ledger may be late."""
    record_usage(organization_id=999_999, month=date(2026, 11, 1), events=1)
    assert not Usage.objects.exists()


def test_each_warning_is_mailed_once_to_owners_and_billing(use):
    """At 80 % and at 100 %, whatever the steps in between."""
    for events in (7_999, 8_000, 8_001, 9_999, 10_000, 12_000, 9_000, 10_500):
        use(events)
    told = [(sent.to[0], sent.subject[:4].strip(" %")) for sent in mail.outbox]
    who = ("owner@example.com", "billing@example.com")
    assert sorted(told) == sorted((one, level) for level in ("80", "100") for one in who)
    assert "Every further event is still counted" in mail.outbox[-1].body
    assert "/usage/" in mail.outbox[-1].alternatives[0].content


def test_a_leap_over_both_warns_once(use):
    """Of what is reached, not of what was passed."""
    use(50_000)
    assert {sent.subject[:5] for sent in mail.outbox} == {"100 %"}


def test_a_month_that_is_over_is_no_news(use):
    """A recount of October warns nobody in November."""
    use(50_000, month=10)
    assert mail.outbox == []


def test_a_new_month_warns_anew(use):
    """Each month has its own two."""
    use(10_000)
    mail.outbox.clear()
    with time_machine.travel(datetime(2026, 12, 2, tzinfo=UTC), tick=False):
        use(8_000, month=12)
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("months", "standing"),
    [
        ({}, Standing.FINE),
        ({11: 7_999}, Standing.FINE),
        ({11: 8_000}, Standing.NEAR),
        ({11: 10_000}, Standing.OVER),
        ({10: 20_000, 11: 20_000}, Standing.OVER),
        ({9: 20_000, 10: 10_000}, Standing.FINE),
        ({8: 20_000, 9: 20_000, 11: 20_000}, Standing.OVER),
        ({9: 20_000, 10: 20_000}, Standing.UPGRADE),
        ({9: 20_000, 10: 20_000, 11: 20_000}, Standing.UPGRADE),
    ],
)
def test_two_months_of_grace_come_before_the_dashboard_asks(use, small, months, standing):
    """Only two in a row; a month that just fits is no month over."""
    for month, events in months.items():
        use(events, month)
    assert standing_of(small) == report_usage(small).standing == standing


def test_a_larger_plan_ends_the_asking_at_once(use, small):
    """The change is in the log, and the new plan warns by its own numbers."""
    for month in (9, 10, 11):
        use(90_000, month)
    mail.outbox.clear()
    change_plan(organization=small, plan="starter", principal=None)
    assert standing_of(small) == Standing.NEAR
    line = small.audit_entries.get(action="plan.change")
    assert (line.actor, line.detail) == ("Daysalt", {"from": "free", "to": "starter"})
    use(95_000)
    assert mail.outbox == []
    use(100_000)
    assert len(mail.outbox) == 2


class Shop:
    """A provider that sells."""

    sells = True
    closed = []

    def checkout_url(self, *, organization, plan, person):
        """A page elsewhere."""
        return f"https://pay.example/{plan.key}"

    def portal_url(self, *, organization, person):
        """A page elsewhere."""
        return "https://pay.example/invoices"

    def close(self, *, organization):
        """Remember."""
        self.closed.append(organization.public_id)


def test_a_provider_takes_over_by_setting(cast, settings):
    """Its pages are linked, and it hears of an organization's end."""
    settings.BILLING_PROVIDER = f"{__name__}.Shop"
    port.billing.cache_clear()
    try:
        page = f"/organizations/{cast.organization.public_id}/usage/"
        assert b"plans/business/" in cast.call("billing", "GET", page).content
        assert b"plans/business/" not in cast.call("admin", "GET", page).content
        paid = cast.call("billing", "GET", f"{page}plans/business/")
        assert paid["location"] == "https://pay.example/business"
        where = f"/api/v1/organizations/{cast.organization.public_id}"
        assert cast.call("owner", "DELETE", where).status_code == 204
        assert Shop.closed == [cast.organization.public_id]
    finally:
        port.billing.cache_clear()


def test_a_provider_that_is_not_there_stops_the_check(settings):
    """The sentence names the setting."""
    from accounts.checks import check_billing_provider

    settings.BILLING_PROVIDER = "accounts.billing.Nobody"
    port.billing.cache_clear()
    try:
        assert "BILLING_PROVIDER" in check_billing_provider(None)[0].msg
    finally:
        port.billing.cache_clear()
