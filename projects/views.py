"""The pages of projects: all at a glance, create, set-up."""

from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import organizations_with, visible_organizations
from accounts.organizations.views.shared import refusals_told
from accounts.principal import Principal, principal_of
from accounts.roles import Permission
from projects import access, services
from projects.forms import ProjectForm
from projects.models import Project
from projects.ports import Glance, reports
from projects.rules import ZONES
from projects.settings_views import settings_address
from projects.sparkline import sparkline


@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    """Every project the person can see, by organization, with the numbers they may see."""
    principal = principal_of(request)
    organizations = organizations_with(principal, Permission.SEE_PROJECTS)
    projects = sorted(
        access.visible_projects(principal).filter(organization__in=organizations),
        key=lambda one: (one.organization.name.lower(), one.organization_id),
    )
    with_numbers = set(organizations_with(principal, Permission.SEE_NUMBERS))
    counted = [project for project in projects if project.organization in with_numbers]
    glances = reports().glance(counted, timezone.now())
    groups = [
        (organization, [_listed(principal, project, glances or {}) for project in members])
        for organization, members in groupby(projects, key=lambda one: one.organization)
    ]
    mine = visible_organizations(principal).count()
    context = {
        "groups": groups,
        "belongs": mine > 0,
        "unread": glances is None,
        "can_create": bool(organizations_with(principal, Permission.EDIT_PROJECTS)),
        # Every role sees projects: what else is missing is a second factor.
        "guarded": mine - len(organizations),
    }
    return render(request, "projects/list.html", context)


def _listed(principal: Principal, project: Project, glances: dict[int, Glance]) -> dict[str, Any]:
    glance = glances.get(project.pk)
    return {
        "project": project,
        "glance": glance,
        "line": sparkline(glance.days) if glance else "",
        "settings": settings_address(principal, project),
    }


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a project and make it."""
    organizations = organizations_with(principal_of(request), Permission.EDIT_PROJECTS)
    if not organizations:
        raise PermissionDenied
    form = ProjectForm(request.POST or None, organizations=organizations)
    if request.method == "POST" and form.is_valid():
        with refusals_told(request, form):
            project = services.create_project(
                **form.cleaned_data, principal=principal_of(request), request=request
            )
            return redirect("projects:setup", project.public_id)
    return render(request, "projects/create.html", {"form": form, "zones": ZONES})


@login_required
def setup(request: HttpRequest, public_id: str) -> HttpResponse:
    """The line to paste."""
    project = access.get_project(principal_of(request), public_id, Permission.SEE_PROJECTS)
    return render(request, "projects/setup.html", {"project": project})
