"""The only way to an organization and its people: what one may not see looks absent."""

import hashlib
import re
from typing import TypeVar

from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import Invitation, Membership, Organization, User
from accounts.principal import Principal
from accounts.roles import MANAGED_ROLES, Permission, Role, permissions_of_scopes

PUBLIC_ID = re.compile(r"[a-z]_[A-Za-z0-9]{12}")
Row = TypeVar("Row", bound=Model)


class TwoFactorRequired(PermissionDenied):
    """The organization admits only people with a second factor, and this one has none."""

    code = "two_factor_required"
    message = "This organization asks for a second factor. Set one up, then try again."


def one_or_404(rows: QuerySet[Row], public_id: str) -> Row:
    """Return the row of this public id among some. Raises Http404 for none and for no id at all."""
    # PostgreSQL would fail on some texts that are no id, such as one with a NUL.
    found = rows.filter(public_id=public_id).first() if PUBLIC_ID.fullmatch(public_id) else None
    if found is None:
        raise Http404
    return found


def visible_organizations(principal: Principal) -> QuerySet[Organization]:
    """Return the organizations that a principal belongs to."""
    if principal.user is not None:
        found = Organization.objects.filter(members=principal.user)
        if principal.project_ids is not None:
            # An app sees the organizations of the projects that its person chose.
            found = found.filter(projects__in=principal.project_ids).distinct()
    else:
        found = Organization.objects.filter(pk=principal.organization_id)
    return found.order_by("name", "pk")


def get_organization(
    principal: Principal, public_id: str, need: Permission | None = None
) -> Organization:
    """Return one organization in which `need` is allowed.

    Raises Http404 for one that is not theirs or not there, PermissionDenied for a missing right.
    """
    organization = one_or_404(visible_organizations(principal), public_id)
    require(principal, organization, need)
    return organization


def organizations_with(principal: Principal, need: Permission) -> list[Organization]:
    """Return the visible organizations in which `need` is allowed."""
    found = []
    for organization in visible_organizations(principal):
        try:
            require(principal, organization, need)
        except PermissionDenied:
            continue
        found.append(organization)
    return found


def require(principal: Principal, organization: Organization, need: Permission | None) -> None:
    """Raise PermissionDenied unless a right is there in an organization that is visible."""
    person = principal.user
    if organization.requires_two_factor and person and not is_mfa_enabled(person):
        raise TwoFactorRequired
    if need is not None and need not in principal.permissions(organization):
        raise PermissionDenied


def require_person(principal: Principal) -> User:
    """Return the person behind a principal. Raises PermissionDenied for less than a person."""
    if principal.user is None or principal.scopes is not None:
        raise PermissionDenied
    return principal.user


def readable_organizations(principal: Principal, need: Permission) -> QuerySet[Organization]:
    """Return the organizations that a list may tell about, by a right that every role has.

    One that asks for a second factor stays out while there is none. Raises PermissionDenied for a
    scope that is missing.
    """
    if principal.scopes is not None and need not in permissions_of_scopes(principal.scopes):
        raise PermissionDenied
    found = visible_organizations(principal)
    if principal.user is not None and not is_mfa_enabled(principal.user):
        found = found.filter(requires_two_factor=False)
    return found


def get_membership(principal: Principal, organization_id: str, member_id: str) -> Membership:
    """Return one member of an organization whose team may be seen; what may be done is asked next.

    Raises Http404 and PermissionDenied like get_organization.
    """
    organization = get_organization(principal, organization_id, Permission.SEE_TEAM)
    members = organization.memberships.select_related("user", "organization")
    return one_or_404(members, member_id)


def get_invitation(principal: Principal, organization_id: str, invitation_id: str) -> Invitation:
    """Return one open invitation of an organization whose team may be managed.

    Raises Http404 and PermissionDenied like get_organization.
    """
    organization = get_organization(principal, organization_id, Permission.MANAGE_TEAM)
    return one_or_404(organization.invitations.select_related("organization"), invitation_id)


def managed_roles(principal: Principal, organization: Organization) -> frozenset[str]:
    """Return the roles of those whom a principal may invite, change and remove."""
    if Permission.MANAGE_TEAM not in principal.permissions(organization):
        return frozenset()
    if principal.user is None:
        # A token reaches as far as the least of those who can make one.
        return MANAGED_ROLES[Role.ADMIN]
    membership = organization.memberships.get(user=principal.user)
    return MANAGED_ROLES.get(membership.role, frozenset())


def hash_secret(secret: str) -> str:
    """Return what is kept of an invitation's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def find_invitation(secret_hash: str) -> Invitation:
    """Return the invitation that a secret of this hash opens.

    Raises Http404 alike for one that never was, was used, revoked, replaced, or is over.
    """
    found = Invitation.objects.select_related("organization", "invited_by").filter(
        secret_hash=secret_hash, expires_at__gt=timezone.now()
    )
    # A closed account is no way in for others.
    invitation = found.exclude(invited_by__is_active=False).first()
    if invitation is None:
        raise Http404
    return invitation


def owns_address(person: User, address: str) -> bool:
    """Tell whether a person has shown that mail to an address reaches them."""
    known = EmailAddress.objects.filter(user=person, email__iexact=address, verified=True)
    return bool(known.exists())
