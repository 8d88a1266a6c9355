"""The only way to a project: what one may not see looks absent."""

from django.db.models import Q, QuerySet

from accounts.access import one_or_404, require, require_person, visible_organizations
from accounts.principal import Principal
from accounts.roles import Permission
from projects.models import Goal, Project, Segment, SharedLink


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
    project = one_or_404(visible_projects(principal), public_id)
    require(principal, project.organization, need)
    return project


def get_goal(principal: Principal, public_id: str, goal_id: str, need: Permission) -> Goal:
    """Return one goal of a project in which `need` is allowed; raises as get_project."""
    project = get_project(principal, public_id, need)
    return one_or_404(project.goals.select_related("project__organization"), goal_id)


def visible_segments(principal: Principal, project: Project) -> QuerySet[Segment]:
    """Return the segments of the whole project and the person's own."""
    visible = Q(owner=None)
    if principal.user is not None:
        visible |= Q(owner=principal.user)
    return project.segments.filter(visible).select_related("project__organization", "owner")


def get_segment(
    principal: Principal, public_id: str, segment_id: str, *, editing: bool = False
) -> Segment:
    """Return a segment; editing takes a right of its own where others use it.

    Raises as get_project; somebody else's own segment looks absent.
    """
    project = get_project(principal, public_id, Permission.SEE_PROJECTS)
    segment = one_or_404(visible_segments(principal, project), segment_id)
    if editing and segment.owner_id is not None:
        # An app that may only read writes nothing, not even for its person.
        require_person(principal)
        require(principal, project.organization, Permission.SEE_NUMBERS)
    elif editing:
        require(principal, project.organization, Permission.EDIT_REPORTS)
    return segment


def get_shared_link(principal: Principal, public_id: str, link_id: str) -> SharedLink:
    """Return one link of a project, for who may share; raises as get_project."""
    project = get_project(principal, public_id, Permission.EDIT_PROJECTS)
    links = project.shared_links.select_related("project__organization", "created_by")
    return one_or_404(links, link_id)
