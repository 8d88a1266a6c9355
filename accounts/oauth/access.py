"""The only way to what a person let apps do, and to the projects they may choose for one."""

from typing import Any

from django.db.models import QuerySet

from accounts.access import one_or_404, organizations_with, require_person
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
    person = require_person(principal)
    found = OAuthGrant.objects.filter(user=person, code_used_at__isnull=False)
    return found.select_related("client", "user").order_by("-pk")


def get_grant(principal: Principal, public_id: str) -> OAuthGrant:
    """Return one grant of a person. Raises Http404."""
    return one_or_404(visible_grants(principal), public_id)
