"""How much an organization used, what it pays for, and the mails that say so in time."""

from datetime import date

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.audit import record
from accounts.mails import send_shrinking_notice, send_usage_warning
from accounts.models import Organization, Usage
from accounts.plans import SHRINKING, is_shrinking, kept_months, plan_of
from accounts.principal import Principal
from accounts.services.organizations import locked
from accounts.services.quota import settle_quota
from accounts.usage import reached_percent, this_month


@transaction.atomic
def record_usage(*, organization_id: int, month: date, events: int) -> None:
    """Set how many events an organization sent in a calendar month (UTC).

    `events` is the whole month so far, not an increase, so a repeated call changes nothing; the
    last call counts. `month` may be any day of it. An organization that is gone is no error.
    """
    organization = Organization.objects.select_for_update().filter(pk=organization_id).first()
    if organization is None:
        return
    first = month.replace(day=1)
    usage, _ = Usage.objects.get_or_create(organization=organization, month=first)
    usage.events = events
    reached = reached_percent(events, plan_of(organization).events)
    # What a recount finds about a month that is over is no news to act on.
    if reached > usage.warned_percent and first == this_month():
        usage.warned_percent = reached
        transaction.on_commit(lambda: send_usage_warning(usage, reached))
    usage.save(update_fields=["events", "warned_percent"])
    settle_quota(organization)


@transaction.atomic
def change_plan(
    *,
    organization: Organization,
    plan: str,
    principal: Principal | None,
    request: HttpRequest | Request | None = None,
) -> None:
    """Put an organization on a plan: called by the billing provider and by operators."""
    now = locked(organization)
    if plan == now.plan:
        return
    record(
        organization=now,
        principal=principal,
        action="plan.change",
        target=plan,
        detail={"from": now.plan, "to": plan},
        request=request,
    )
    kept = kept_months(now)
    now.plan = plan
    _keep_for_a_while(now, kept)
    now.save(update_fields=["plan", "kept_months", "kept_until"])
    organization.plan = plan
    # The new plan warns anew, but not of what is reached on the day it begins.
    for usage in now.usage.filter(month=this_month()):
        usage.warned_percent = reached_percent(usage.events, plan_of(now).events)
        usage.save(update_fields=["warned_percent"])
    settle_quota(now)


def _keep_for_a_while(organization: Organization, kept: int) -> None:
    """Let what was kept until now, in months, outlive a plan that keeps less; say so by mail."""
    if kept <= plan_of(organization).retention_months:
        organization.kept_months, organization.kept_until = 0, None
    elif not is_shrinking(organization) or kept > organization.kept_months:
        # One that goes down step by step has one week for all of it.
        organization.kept_months, organization.kept_until = kept, timezone.now() + SHRINKING
        transaction.on_commit(lambda: send_shrinking_notice(organization))
