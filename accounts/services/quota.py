"""When counting ends for a month, and when it begins again; nothing of it happens in silence."""

from collections.abc import Callable

from django.db import transaction

from accounts.audit import record
from accounts.mails import send_quota_notice
from accounts.models import Organization
from accounts.services.organizations import locked
from accounts.usage import exceeds_quota

# Whoever must know of it at once; apps above plug themselves in.
Listener = Callable[[Organization], None]
_listeners: list[Listener] = []


def on_quota_change(listener: Listener) -> Listener:
    """Have a function called with the organization after each change is committed."""
    _listeners.append(listener)
    return listener


def settle_quota(organization: Organization) -> None:
    """Note whether an organization is over its quota now, and tell who must know of a change.

    Call it in a transaction that holds the organization's lock, after what may change it.
    """
    over = exceeds_quota(organization)
    if over == organization.over_quota:
        return
    organization.over_quota = over
    organization.save(update_fields=["over_quota"])
    action = "quota.reach" if over else "quota.lift"
    record(organization=organization, principal=None, action=action, target=organization.plan)
    transaction.on_commit(lambda: _tell(organization))


def settle_quotas() -> int:
    """Settle all that are over their quota, as when a month begins; return how many still are."""
    still = 0
    for organization in Organization.objects.filter(over_quota=True):
        with transaction.atomic():
            now = locked(organization)
            settle_quota(now)
        still += now.over_quota
    return still


def _tell(organization: Organization) -> None:
    for listener in _listeners:
        listener(organization)
    if organization.over_quota:
        send_quota_notice(organization)
