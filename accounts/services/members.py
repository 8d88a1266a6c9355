"""Who belongs to an organization and as what; it never remains without an owner."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.access import managed_roles
from accounts.audit import record
from accounts.errors import LastOwner, Refused
from accounts.models import Membership, Role
from accounts.principal import Principal
from accounts.roles import MANAGED_ROLES, ROLE_PERMISSIONS, Permission
from accounts.services.organizations import locked
from accounts.tokens import changes

Asked = HttpRequest | Request | None


@transaction.atomic
def change_role(
    *, membership: Membership, role: str, principal: Principal, request: Asked = None
) -> Membership:
    """Give a member another role. Nobody changes those above themselves, nor lifts anyone there."""
    now = _locked(membership)
    if not {now.role, role} <= managed_roles(principal, now.organization):
        raise PermissionDenied
    if role != now.role:
        _keep_an_owner(now, role)
        _set_role(now, role, principal, request)
    return now


@transaction.atomic
def remove_member(*, membership: Membership, principal: Principal, request: Asked = None) -> None:
    """End someone's membership, and with it what they left behind to come in by."""
    now = _locked(membership)
    if now.role not in managed_roles(principal, now.organization):
        raise PermissionDenied
    _end(now, "member.remove", principal, request)


@transaction.atomic
def leave(*, membership: Membership, principal: Principal, request: Asked = None) -> None:
    """End one's own membership."""
    if principal.user is None or principal.user.pk != membership.user_id:
        raise PermissionDenied
    _end(_locked(membership), "member.leave", principal, request)


@transaction.atomic
def transfer_ownership(
    *, membership: Membership, principal: Principal, request: Asked = None
) -> None:
    """Make another member the owner in place of oneself, who becomes an admin."""
    now = _locked(membership)
    mine = now.organization.memberships.filter(user=principal.user).first()
    if mine is None or mine.role != Role.OWNER:
        raise PermissionDenied
    if now.pk == mine.pk:
        raise Refused("already_owner", "You are the owner. Choose another member.", "member")
    if not now.user.is_active:
        raise Refused("closed_account", "This account is closed. Choose another member.", "member")
    _set_role(now, Role.OWNER, principal, request)
    _set_role(mine, Role.ADMIN, principal, request)


def _locked(membership: Membership) -> Membership:
    # The organization's row first: whoever changes its members waits here, one after the other.
    organization = locked(membership.organization)
    now = organization.memberships.select_related("user").filter(pk=membership.pk).first()
    if now is None:
        raise Http404
    now.organization = organization
    return now


def _keep_an_owner(membership: Membership, role: str | None) -> None:
    if membership.role != Role.OWNER or role == Role.OWNER:
        return
    owners = membership.organization.memberships.filter(role=Role.OWNER, user__is_active=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise LastOwner(membership.organization.name)


def _set_role(membership: Membership, role: str, principal: Principal, request: Asked) -> None:
    revoked = _revoke_beyond(membership, role)
    record(
        organization=membership.organization,
        principal=principal,
        action="member.role",
        target=membership.user.email,
        detail={"from": membership.role, "to": role} | revoked,
        request=request,
    )
    membership.role = role
    membership.save(update_fields=["role"])


def _end(membership: Membership, action: str, principal: Principal, request: Asked) -> None:
    _keep_an_owner(membership, None)
    record(
        organization=membership.organization,
        principal=principal,
        action=action,
        target=membership.user.email,
        detail=_revoke_beyond(membership, None),
        request=request,
    )
    membership.delete()


def _revoke_beyond(membership: Membership, role: str | None) -> dict[str, int]:
    """Revoke what a member made and could no longer make; None: they go. Return how much.

    Both would be ways back: a token may change the team, and an invitation admits anybody.
    """
    organization, person = membership.organization, membership.user
    rights = ROLE_PERMISSIONS[role] if role else frozenset()
    tokens = organization.tokens.filter(created_by=person, revoked_at=None)
    if Permission.MANAGE_TOKENS in rights:
        tokens = tokens.none()
    still = MANAGED_ROLES.get(role, frozenset()) if role else frozenset()
    invitations = organization.invitations.filter(invited_by=person).exclude(role__in=still)
    changes.tell(tokens.values_list("secret_hash", flat=True))
    counts = {
        "tokens_revoked": tokens.update(revoked_at=timezone.now()),
        "invitations_revoked": invitations.delete()[0],
    }
    return {what: count for what, count in counts.items() if count}
