"""The page Danger of a project's settings: transfer, reset, delete."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.access import organizations_with
from accounts.models import Organization
from accounts.organizations.views.shared import refusals_told
from accounts.principal import principal_of
from accounts.recent import asks_who
from accounts.roles import Permission
from projects import access
from projects.danger import services
from projects.danger.forms import ConfirmForm, TransferForm
from projects.models import Project
from projects.settings_views import page


@login_required
def danger(request: HttpRequest, public_id: str) -> HttpResponse:
    """The three forms."""
    project = _project(request, public_id)
    return _page(request, project)


@login_required
@require_POST
@asks_who
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the project to another organization of one's own."""
    project = _project(request, public_id)
    others = _others(request, project)
    form = TransferForm(request.POST, project=project, organizations=others, prefix="transfer")
    if form.is_valid():
        with refusals_told(request, form):
            moved = services.transfer_project(
                project=project,
                organization=form.cleaned_data["organization"],
                principal=principal_of(request),
                request=request,
            )
            messages.success(request, f"{moved.name} is now in {moved.organization.name}.")
            return redirect("projects:danger", public_id)
    return _page(request, project, transfer=form)


@login_required
@require_POST
@asks_who
def reset(request: HttpRequest, public_id: str) -> HttpResponse:
    """Erase all statistics."""
    project = _project(request, public_id)
    form = ConfirmForm(request.POST, project=project, prefix="reset")
    if form.is_valid():
        services.reset_project(project=project, principal=principal_of(request), request=request)
        return redirect("projects:danger", public_id)
    return _page(request, project, reset=form)


@login_required
@require_POST
@asks_who
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Delete the project and all that it has."""
    project = _project(request, public_id)
    form = ConfirmForm(request.POST, project=project, prefix="delete")
    if form.is_valid():
        name = project.name
        services.delete_project(project=project, principal=principal_of(request), request=request)
        messages.success(request, f"{name} is deleted. Its numbers are gone within a minute.")
        return redirect("projects:list")
    return _page(request, project, delete=form)


def _project(request: HttpRequest, public_id: str) -> Project:
    return access.get_project(principal_of(request), public_id, Permission.EDIT_PROJECTS)


def _others(request: HttpRequest, project: Project) -> list[Organization]:
    allowed = organizations_with(principal_of(request), Permission.EDIT_PROJECTS)
    return [one for one in allowed if one.pk != project.organization_id]


def _page(request: HttpRequest, project: Project, **used: forms.Form) -> HttpResponse:
    others = _others(request, project)
    context = {
        "transfer": TransferForm(project=project, organizations=others, prefix="transfer"),
        "reset": ConfirmForm(project=project, prefix="reset"),
        "delete": ConfirmForm(project=project, prefix="delete"),
        "others": others,
        "running": services.running_reset(project),
    }
    return page(request, project, "danger", **(context | used))
