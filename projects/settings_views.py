"""The pages of a project's settings: General and Rules."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.errors import LimitReached
from accounts.models import Organization
from accounts.plans import plan_of
from accounts.principal import Principal, principal_of
from accounts.recent import ask
from accounts.roles import Permission
from projects import access, services
from projects.forms import GeneralForm, RulesForm
from projects.models import Project
from projects.rules import ZONES

# Address name, word, and what it takes to open.
TABS = (
    ("general", "General", Permission.EDIT_PROJECTS),
    ("rules", "Rules", Permission.EDIT_PROJECTS),
    ("goals", "Goals", Permission.EDIT_REPORTS),
    ("segments", "Segments", Permission.SEE_NUMBERS),
    ("sharing", "Sharing", Permission.EDIT_PROJECTS),
    ("danger", "Danger", Permission.EDIT_PROJECTS),
)


@login_required
def general(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name, domain, zone, retention."""
    project = access.get_project(principal_of(request), public_id, Permission.EDIT_PROJECTS)
    most = plan_of(project.organization).retention_months
    fields = ("name", "domain", "time_zone", "retention_months")
    initial = {field: getattr(project, field) for field in fields}
    form = GeneralForm(request.POST or None, initial=initial, most_months=most)
    return _edit(request, project, "general", form)


@login_required
def rules(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is counted, and under which name."""
    project = access.get_project(principal_of(request), public_id, Permission.EDIT_PROJECTS)
    initial = {field: getattr(project, field) for field in RulesForm.base_fields}
    form = RulesForm(request.POST if request.method == "POST" else None, initial=initial)
    return _edit(request, project, "rules", form)


def _edit(request: HttpRequest, project: Project, tab: str, form: Any) -> HttpResponse:
    """Show one form of settings, or keep what it says."""
    if request.method == "POST" and form.is_valid():
        if services.ends_numbers(project, form.cleaned_data):
            ask(request)
        try:
            services.update_project(
                project=project,
                changes=form.cleaned_data,
                principal=principal_of(request),
                request=request,
            )
        except LimitReached as error:
            form.add_error("retention_months", error.message)
        else:
            messages.success(request, "Saved. The collector follows within ten seconds.")
            return redirect(f"projects:{tab}", project.public_id)
    return page(request, project, tab, form=form, zones=ZONES)


def page(request: HttpRequest, project: Project, tab: str, **context: Any) -> HttpResponse:
    """Render one tab of the settings, with those tabs that the person may open."""
    tabs = open_tabs(principal_of(request), project.organization)
    context |= {"project": project, "tab": tab, "tabs": tabs}
    return render(request, f"projects/settings/{tab}.html", context)


def open_tabs(principal: Principal, organization: Organization) -> list[tuple[str, str]]:
    """Return name and word of each tab that a principal may open in an organization."""
    held = principal.permissions(organization)
    return [(name, word) for name, word, need in TABS if need in held]


def settings_address(principal: Principal, project: Project) -> str:
    """Return where the settings begin for a principal, '' for nowhere."""
    tabs = open_tabs(principal, project.organization)
    return reverse(f"projects:{tabs[0][0]}", args=[project.public_id]) if tabs else ""
