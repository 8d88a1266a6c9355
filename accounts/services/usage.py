"""How much an organization used, what it pays for, and the mails that say so in time."""

from datetime import date

from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.audit import record
from accounts.mails import send_usage_warning
from accounts.models import Organization, Usage
from accounts.plans import plan_of
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
    now.plan = plan
    now.save(update_fields=["plan"])
    organization.plan = plan
    # The new plan warns anew, but not of what is reached on the day it begins.
    for usage in now.usage.filter(month=this_month()):
        usage.warned_percent = reached_percent(usage.events, plan_of(now).events)
        usage.save(update_fields=["warned_percent"])
    settle_quota(now)
