"""The only way to an organization's tokens and to what a token may be bound to.

Projects stand above accounts, so they are reached from the organization and have no type here.
"""

from typing import Any

from django.db.models import QuerySet

from accounts.access import get_organization, one_or_404
from accounts.models import ApiToken, Organization
from accounts.principal import Principal
from accounts.roles import Permission


def get_tokens_organization(principal: Principal, public_id: str) -> Organization:
    """Return an organization whose tokens may be managed. Raises as get_organization does."""
    return get_organization(principal, public_id, Permission.MANAGE_TOKENS)


def visible_tokens(organization: Organization) -> QuerySet[ApiToken]:
    """Return an organization's tokens, the newest first."""
    found = ApiToken.objects.filter(organization=organization)
    return found.select_related("created_by").prefetch_related("projects").order_by("-pk")


def get_token(organization: Organization, public_id: str) -> ApiToken:
    """Return one token of an organization. Raises Http404."""
    return one_or_404(visible_tokens(organization), public_id)


def bindable_projects(organization: Organization) -> QuerySet[Any]:
    """Return the projects that an organization's token may be bound to."""
    return organization.projects.order_by("name", "pk")
