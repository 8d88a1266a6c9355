"""The only way to what a person let apps do, and to the projects they may choose for one."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from accounts.access import organizations_with
from accounts.models import OAuthGrant
from accounts.principal import Principal
from accounts.roles import Permission


def choosable_projects(principal: Principal) -> list[Any]:
    """Return the projects whose numbers a person may see, by organization and name."""
    return [
        project
        for organization in organizations_with(principal, Permission.SEE_NUMBERS)
        for project in organization.projects.select_related("organization").order_by("name", "pk")
    ]


def visible_grants(principal: Principal) -> QuerySet[OAuthGrant]:
    """Return what a person let apps do, the newest first; codes never traded are not there."""
    if principal.user is None or principal.scopes is not None:
        return OAuthGrant.objects.none()
    found = OAuthGrant.objects.filter(user=principal.user, code_used_at__isnull=False)
    return found.select_related("client", "user").order_by("-pk")


def get_grant(principal: Principal, public_id: str) -> OAuthGrant:
    """Return one grant of a person. Raises Http404."""
    grant = visible_grants(principal).filter(public_id=public_id).first()
    if grant is None:
        raise Http404
    return grant
