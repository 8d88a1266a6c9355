"""Who asks: a person, or something that acts with less than a person's rights."""

from dataclasses import dataclass

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import Organization, User
from accounts.roles import (
    PROJECT_PERMISSIONS,
    ROLE_PERMISSIONS,
    Permission,
    permissions_of_scopes,
)


@dataclass(frozen=True, slots=True)
class Principal:
    """The rights of one request.

    `user` is None for an API token and for a shared link, which belong to `organization_id`.
    `created_by` is who made such a token and answers for what it does.
    `scopes` None: all that the role allows. `project_ids` None: all that the organization has.
    """

    user: User | None = None
    organization_id: int = 0
    scopes: frozenset[str] | None = None
    project_ids: frozenset[int] | None = None
    name: str = ""
    created_by: int | None = None

    def permissions(self, organization: Organization) -> frozenset[Permission]:
        """Return what may be done in an organization, nothing for a foreign one."""
        granted = self._granted(organization)
        if self.project_ids is not None:
            granted &= PROJECT_PERMISSIONS
        if self.scopes is None:
            return granted
        return granted & permissions_of_scopes(self.scopes)

    def _granted(self, organization: Organization) -> frozenset[Permission]:
        if self.user is None:
            everything = frozenset(Permission)
            return everything if self.organization_id == organization.pk else frozenset()
        membership = organization.memberships.filter(user=self.user).first()
        return ROLE_PERMISSIONS[membership.role] if membership else frozenset()


def principal_of(request: HttpRequest | Request) -> Principal:
    """Return who asks. Nobody has no rights; that somebody must be there is asked before this.

    IsKnown asks it of the API, `login_required` of pages.
    """
    auth = getattr(request, "auth", None)
    if isinstance(auth, Principal):
        return auth
    if not request.user.is_authenticated:
        return Principal()
    return Principal(user=request.user, name=request.user.email)
