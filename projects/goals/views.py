"""The page Goals of a project's settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.principal import principal_of
from accounts.roles import Permission
from projects import access
from projects.goals import services
from projects.goals.forms import GoalForm, initial_of
from projects.rules import RuleError
from projects.settings_views import page


@login_required
def goals(request: HttpRequest, public_id: str) -> HttpResponse:
    """The goals, and a form for another."""
    principal = principal_of(request)
    project = access.get_project(principal, public_id, Permission.EDIT_REPORTS)
    form = GoalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.create_goal(
                project=project, fields=form.cleaned_data, principal=principal, request=request
            )
        except RuleError as error:
            form.add_error(error.field or None, str(error))
        else:
            return redirect("projects:goals", public_id)
    found = project.goals.order_by("name")
    return page(request, project, "goals", form=form, goals=found)


@login_required
def goal(request: HttpRequest, public_id: str, goal_id: str) -> HttpResponse:
    """One goal, to be changed."""
    principal = principal_of(request)
    found = access.get_goal(principal, public_id, goal_id, Permission.EDIT_REPORTS)
    form = GoalForm(request.POST or None, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            services.update_goal(
                goal=found, changes=form.cleaned_data, principal=principal, request=request
            )
        except RuleError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("projects:goals", public_id)
    return page(request, found.project, "goals", form=form, goal=found)


@login_required
@require_POST
def delete(request: HttpRequest, public_id: str, goal_id: str) -> HttpResponse:
    """Delete a goal; the events that it counted stay."""
    principal = principal_of(request)
    found = access.get_goal(principal, public_id, goal_id, Permission.EDIT_REPORTS)
    services.delete_goal(goal=found, principal=principal, request=request)
    messages.success(request, f"The goal {found.name} is deleted.")
    return redirect("projects:goals", public_id)
