"""Every change to goals."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from accounts import audit
from accounts.principal import Principal
from projects.goals.rules import FIELDS, clean_goal
from projects.models import Goal, Project
from projects.rules import RuleError
from projects.services import locked_project

MOST_GOALS = 100


@transaction.atomic
def create_goal(
    *,
    project: Project,
    fields: Mapping[str, Any],
    principal: Principal,
    request: HttpRequest | Request | None = None,
) -> Goal:
    """Create a goal. Raises RuleError."""
    project = locked_project(project)
    if project.goals.count() >= MOST_GOALS:
        raise RuleError(f"A project has at most {MOST_GOALS} goals: delete one first.")
    goal = Goal(project=project, **clean_goal(fields))
    _keep(goal)
    _record(goal, "goal.create", {}, principal, request)
    return goal


@transaction.atomic
def update_goal(
    *,
    goal: Goal,
    changes: Mapping[str, Any],
    principal: Principal,
    request: HttpRequest | Request | None = None,
) -> Goal:
    """Change a goal; the whole must still make sense. Raises RuleError."""
    goal = _locked(goal)
    before = {field: getattr(goal, field) for field in FIELDS}
    after = clean_goal(before | dict(changes))
    for field, value in after.items():
        setattr(goal, field, value)
    detail = {f: [before[f], value] for f, value in after.items() if before[f] != value}
    if detail:
        _keep(goal)
        _record(goal, "goal.update", detail, principal, request)
    return goal


@transaction.atomic
def delete_goal(
    *, goal: Goal, principal: Principal, request: HttpRequest | Request | None = None
) -> None:
    """Delete a goal; the events that it counted stay."""
    goal = _locked(goal)
    _record(goal, "goal.delete", {}, principal, request)
    goal.delete()


def _locked(goal: Goal) -> Goal:
    """Return a goal as it is now. Raises Http404 once it or its project is gone."""
    project = locked_project(goal.project)
    now = project.goals.filter(pk=goal.pk).first()
    if now is None:
        raise Http404
    now.project = project
    return now


def _keep(goal: Goal) -> None:
    try:
        with transaction.atomic():
            goal.save()
    except IntegrityError:
        problem = "A goal of this project has this name already: choose another."
        raise RuleError(problem, field="name") from None


def _record(
    goal: Goal,
    action: str,
    detail: Mapping[str, Any],
    principal: Principal,
    request: HttpRequest | Request | None,
) -> None:
    audit.record(
        organization=goal.project.organization,
        principal=principal,
        action=action,
        target=goal.name,
        detail={"project": goal.project.public_id} | dict(detail),
        request=request,
    )
