"""How much of its plan an organization uses, and when it is asked to upgrade. Never writes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from accounts.models import Organization, Usage
from accounts.plans import Plan, is_shrinking, plan_of

HISTORY = 12
GRACE_MONTHS = 2
# Per cent of the plan's events, each told once a month.
WARNINGS = (80, 100)


class Standing(StrEnum):
    """How an organization stands with its plan. Only far beyond UPGRADE do events go uncounted."""

    FINE = "fine"
    NEAR = "near"
    OVER = "over"  # in the two grace months
    UPGRADE = "upgrade"  # the grace months are over: the dashboard asks to upgrade


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What the usage page and the API show. `months` are newest first and end with this one."""

    plan: Plan
    standing: Standing
    over_quota: bool
    # Until then numbers stay that the plan no longer keeps.
    kept_until: datetime | None
    events: int
    projects: int
    members: int
    months: list[Usage]


def report_usage(organization: Organization) -> UsageReport:
    """Return an organization's usage of this month and of those before."""
    months = list(organization.usage.order_by("-month")[:HISTORY])
    return UsageReport(
        plan=plan_of(organization),
        standing=standing_of(organization),
        over_quota=organization.over_quota,
        kept_until=organization.kept_until if is_shrinking(organization) else None,
        events=next((one.events for one in months if one.month == this_month()), 0),
        projects=organization.projects.count(),
        members=organization.memberships.count(),
        months=months,
    )


def standing_of(organization: Organization) -> Standing:
    """Tell how an organization stands, by the plan it has now.

    A month over the limit is a month of grace. Once two in a row are over, the dashboard asks to
    upgrade, until there is a larger plan or a month that fits.
    """
    most, month = plan_of(organization).events, this_month()
    rows = organization.usage.filter(month__gte=_months_back(month, GRACE_MONTHS))
    events = {row.month: row.events for row in rows}
    before = [events.get(_months_back(month, back), 0) for back in range(1, GRACE_MONTHS + 1)]
    if all(count > most for count in before):
        return Standing.UPGRADE
    reached = reached_percent(events.get(month, 0), most)
    return {0: Standing.FINE, 80: Standing.NEAR, 100: Standing.OVER}[reached]


def exceeds_quota(organization: Organization) -> bool:
    """Tell whether no more is counted this month: no grace is left, and far more came than is paid.

    QUOTA_PERCENT of the plan's events are meant, 0 = never.
    """
    if not settings.QUOTA_PERCENT or standing_of(organization) != Standing.UPGRADE:
        return False
    events = organization.usage.filter(month=this_month()).values_list("events", flat=True).first()
    return (events or 0) * 100 >= plan_of(organization).events * settings.QUOTA_PERCENT


def reached_percent(events: int, most: int) -> int:
    """Return the highest warning that so many events have reached, 0 for none."""
    return max((level for level in WARNINGS if events * 100 >= most * level), default=0)


def this_month() -> date:
    """Return the first day of the running month (UTC)."""
    return timezone.now().date().replace(day=1)


def _months_back(month: date, count: int) -> date:
    for _ in range(count):
        month = (month - timedelta(days=1)).replace(day=1)
    return month
