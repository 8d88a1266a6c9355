"""The pages of projects: list, create, set-up."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import organizations_with
from accounts.principal import principal_of
from accounts.roles import Permission
from projects import access, limits, services
from projects.forms import ProjectForm
from projects.rules import ZONES


@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    """Every project the person can see."""
    projects = access.visible_projects(principal_of(request))
    return render(request, "projects/list.html", {"projects": projects})


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a project and make it."""
    organizations = organizations_with(principal_of(request), Permission.EDIT_PROJECTS)
    if not organizations:
        raise PermissionDenied
    form = ProjectForm(request.POST or None, organizations=organizations)
    if request.method == "POST" and form.is_valid():
        try:
            project = services.create_project(
                **form.cleaned_data, principal=principal_of(request), request=request
            )
        except limits.LimitReached as error:
            form.add_error(error.field, str(error))
        else:
            return redirect("projects:setup", project.public_id)
    return render(request, "projects/create.html", {"form": form, "zones": ZONES})


@login_required
def setup(request: HttpRequest, public_id: str) -> HttpResponse:
    """The line to paste."""
    project = access.get_project(principal_of(request), public_id, Permission.SEE_PROJECTS)
    return render(request, "projects/setup.html", {"project": project})
