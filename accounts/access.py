"""The only way to an organization: what one may not see looks absent."""

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import Organization
from accounts.principal import Principal
from accounts.roles import Permission


class TwoFactorRequired(PermissionDenied):
    """The organization admits only people with a second factor, and this one has none."""


def visible_organizations(principal: Principal) -> QuerySet[Organization]:
    """Return the organizations that a principal belongs to."""
    if principal.user is not None:
        found = Organization.objects.filter(members=principal.user)
    else:
        found = Organization.objects.filter(pk=principal.organization_id)
    return found.order_by("name", "pk")


def get_organization(
    principal: Principal, public_id: str, need: Permission | None = None
) -> Organization:
    """Return one organization in which `need` is allowed.

    Raises Http404 for one that is not theirs or not there, PermissionDenied for a missing right.
    """
    organization = visible_organizations(principal).filter(public_id=public_id).first()
    if organization is None:
        raise Http404
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
