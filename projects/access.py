"""The only way to a project: what one may not see looks absent."""

from django.db.models import QuerySet
from django.http import Http404

from accounts.access import require, visible_organizations
from accounts.principal import Principal
from accounts.roles import Permission
from projects.models import Project


def visible_projects(principal: Principal) -> QuerySet[Project]:
    """Return the projects of every organization that a principal belongs to."""
    found = Project.objects.filter(organization__in=visible_organizations(principal))
    if principal.project_ids is not None:
        found = found.filter(pk__in=principal.project_ids)
    return found.select_related("organization").order_by("name", "pk")


def get_project(principal: Principal, public_id: str, need: Permission) -> Project:
    """Return one project in which `need` is allowed.

    Raises Http404 for one that is not theirs or not there, PermissionDenied for a missing right.
    """
    project = visible_projects(principal).filter(public_id=public_id).first()
    if project is None:
        raise Http404
    require(principal, project.organization, need)
    return project
