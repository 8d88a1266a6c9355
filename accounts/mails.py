"""The mails of organizations, as text and HTML. Sent once the change is committed."""

import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.mail import compose
from accounts.models import Invitation, Organization, Role, Usage
from accounts.plans import plan_of
from accounts.usage import this_month
from analytics_saas.env import env

log = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, secret: str, inviter: str) -> None:
    """Mail the address that lets somebody in."""
    context = {
        "invitation": invitation,
        "inviter": inviter,
        "link": env.web_origin + reverse("organizations:join", args=[secret]),
    }
    _send("invitation", [invitation.email], context)


def send_usage_warning(usage: Usage, percent: int) -> None:
    """Tell those who can do something about it that a plan is nearly or fully used."""
    organization = usage.organization
    context = {"usage": usage, "percent": percent}
    _send("usage_warning", _payers(organization), context | _plan(organization))


def send_quota_notice(organization: Organization) -> None:
    """Tell those who can do something about it that nothing more is counted this month."""
    context = {"percent": settings.QUOTA_PERCENT, "month": this_month()}
    _send("quota", _payers(organization), context | _plan(organization))


def send_shrinking_notice(organization: Organization) -> None:
    """Tell those who can do something about it what a smaller plan deletes, and when."""
    _send("shrinking", _payers(organization), _plan(organization))


def _payers(organization: Organization) -> Iterable[str]:
    who = organization.memberships.filter(role__in=[Role.OWNER, Role.BILLING], user__is_active=True)
    return who.values_list("user__email", flat=True)


def _plan(organization: Organization) -> dict[str, Any]:
    """Return what every mail about a plan says."""
    page = reverse("organizations:usage", args=[organization.public_id])
    plan, link = plan_of(organization), env.web_origin + page
    return {"organization": organization, "plan": plan, "link": link}


def _send(name: str, addresses: Iterable[str], context: dict[str, Any]) -> None:
    """Send organizations/mail/<name>.html to each address."""
    for address in addresses:
        try:
            compose(f"organizations/mail/{name}.html", address, context).send()
        except OSError:
            # The change stands; an invitation can be sent again.
            log.exception("the mail %s could not be handed over", name)
