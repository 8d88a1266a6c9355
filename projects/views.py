"""The pages of projects: list, create, set-up."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from projects import access, services
from projects.forms import ZONES, ProjectForm


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    """Every project the person can see."""
    projects = access.visible_projects(_person(request))
    return render(request, "projects/list.html", {"projects": projects})


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a project and make it."""
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = services.create_project(person=_person(request), **form.cleaned_data)
        return redirect("projects:setup", project.public_id)
    return render(request, "projects/create.html", {"form": form, "zones": ZONES})


@login_required
def setup(request: HttpRequest, public_id: str) -> HttpResponse:
    """The line to paste."""
    project = access.get_project(_person(request), public_id)
    return render(request, "projects/setup.html", {"project": project})
