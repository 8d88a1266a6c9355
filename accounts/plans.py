"""What each plan allows, and whether an organization has room for more. Never writes."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.errors import LimitReached
from accounts.models import Organization

# What a smaller plan no longer keeps stays so long: time to go back, or to take a copy.
SHRINKING = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Plan:
    """The most of everything; the price is in euro cents a month."""

    key: str
    name: str
    events: int
    projects: int
    members: int
    retention_months: int
    price_cents: int

    @property
    def price(self) -> str:
        """The price as people write it."""
        return f"€{self.price_cents // 100}"


FREE = Plan("free", "Free", 10_000, 5, 3, 24, 0)
PLANS: dict[str, Plan] = {
    plan.key: plan
    for plan in (
        FREE,
        Plan("starter", "Starter", 100_000, 20, 10, 36, 900),
        Plan("growth", "Growth", 1_000_000, 50, 25, 48, 2_900),
        Plan("business", "Business", 10_000_000, 250, 100, 60, 14_900),
    )
}


def plan_of(organization: Organization) -> Plan:
    """Return an organization's plan; one whose plan is no longer sold has the smallest."""
    return PLANS.get(organization.plan, FREE)


def kept_months(organization: Organization) -> int:
    """Return for how many months numbers are kept at most; a larger plan counts for a week on."""
    most = plan_of(organization).retention_months
    return max(most, organization.kept_months) if is_shrinking(organization) else most


def is_shrinking(organization: Organization) -> bool:
    """Tell whether the plan became smaller a moment ago and does not count in full yet."""
    return organization.kept_until is not None and organization.kept_until > timezone.now()


def require_room_for_member(organization: Organization, *, with_open_invitations: bool) -> None:
    """Raise LimitReached when one more person would be too many.

    An open invitation holds a place, so that whoever was invited can come.
    """
    plan = plan_of(organization)
    taken = organization.memberships.count()
    if with_open_invitations:
        taken += organization.invitations.count()
    if taken >= plan.members:
        raise LimitReached(
            f"The plan {plan.name} allows {plan.members} members, open invitations included. "
            "Remove one, or choose a larger plan."
        )


def require_room_for_project(organization: Organization, *, existing: int) -> None:
    """Raise LimitReached when an organization with this many projects may not have one more.

    Call it in the transaction that makes the project, with the organization's row locked.
    """
    plan = plan_of(organization)
    if existing >= plan.projects:
        raise LimitReached(
            f"The plan {plan.name} allows {plan.projects} projects. "
            "Delete one, or choose a larger plan."
        )


def require_retention(organization: Organization, months: int) -> None:
    """Raise LimitReached when numbers may not be kept for so many months."""
    plan = plan_of(organization)
    if months > plan.retention_months:
        raise LimitReached(
            f"The plan {plan.name} keeps numbers for {plan.retention_months} months at most. "
            "Choose fewer months, or a larger plan."
        )
