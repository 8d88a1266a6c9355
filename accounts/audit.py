"""An organization's log. Whoever changes something records it in the same transaction."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import AuditEntry, Organization
from accounts.principal import Principal
from analytics_saas.address import address_of

# How much of an address is kept, by IP version.
PREFIX = {4: 24, 6: 48}
OPERATOR = "Daysalt"
# Enough to tell what changed; whole texts would let a loop of changes fill the log's disk and page.
LONGEST, MOST = 200, 20


def record(
    *,
    organization: Organization,
    principal: Principal | None,
    action: str,
    target: str = "",
    detail: Mapping[str, Any] | None = None,
    request: HttpRequest | Request | None = None,
) -> AuditEntry:
    """Write one line: who did what to which thing, from about where.

    Call it inside the transaction of the change, so that neither is there without the other.
    `action` is noun and verb, such as `member.remove`; `target` is what a person calls the thing;
    `detail` holds what changed and never a secret. Without a principal the operator did it.
    """
    actor = OPERATOR if principal is None else principal.name or str(principal.user or OPERATOR)
    return AuditEntry.objects.create(
        organization=organization,
        actor=actor[:254],
        action=action,
        target=target[:254],
        detail={key: _shortened(value) for key, value in (detail or {}).items()},
        network=network_of(request) if request else "",
    )


def _shortened(value: Any) -> Any:
    """Return what a detail says, without the rest of long texts and of many entries."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
    if isinstance(value, Mapping):
        kept = dict(list(value.items())[:MOST])
        return {_shortened(key): _shortened(one) for key, one in kept.items()}
    if isinstance(value, list | tuple):
        more = [f"… and {len(value) - MOST} more"] if len(value) > MOST else []
        return [_shortened(one) for one in value[:MOST]] + more
    return value


def network_of(request: HttpRequest | Request) -> str:
    """Return the network that a request came from, too wide to mean one household."""
    address = address_of(request)
    if address is None:
        return ""
    return str(ip_network((address, PREFIX[address.version]), strict=False))
