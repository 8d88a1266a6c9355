"""Transfer, reset and deletion. What is asked for is in SQL before anything is erased."""

import logging

import redis
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts import audit
from accounts.access import require
from accounts.models import Organization, User
from accounts.plans import require_retention, require_room_for_project
from accounts.principal import Principal
from accounts.roles import Permission
from accounts.services.organizations import before_deletion, locked
from accounts.tokens import changes
from projects.models import Erasure, Project
from projects.registry import erasures
from projects.rules import RuleError
from projects.services import locked_project, publish, withdraw

log = logging.getLogger(__name__)


@transaction.atomic
def transfer_project(
    *,
    project: Project,
    organization: Organization,
    principal: Principal,
    request: HttpRequest | Request | None = None,
) -> Project:
    """Give a project to another organization. Raises RuleError, LimitReached, PermissionDenied.

    Its numbers, rules, goals, links and segments go with it; tokens of the old organization do
    not, nor the own segments and the names of people who are not in the new one.
    """
    if organization.pk == project.organization_id:
        raise RuleError("The project is in this organization already.", field="organization")
    # Always in the same order: two transfers that cross would else wait for each other.
    for one in sorted([project.organization, organization], key=lambda one: one.pk):
        locked(one)
    project, target = locked_project(project), locked(organization)
    before = project.organization
    # Whoever lost the right to either while this waited moves nothing.
    for one in (before, target):
        require(principal, one, Permission.EDIT_PROJECTS)
    require_room_for_project(target, existing=target.projects.count())
    require_retention(target, project.retention_months)
    changes.tell(project.tokens.values_list("secret_hash", flat=True))
    project.tokens.clear()
    people = User.objects.filter(memberships__organization=target)
    project.segments.exclude(owner=None).exclude(owner__in=people).delete()
    project.shared_links.exclude(created_by__in=people).update(created_by=None)
    project.organization = target
    project.save(update_fields=["organization"])
    detail = {"from": before.name, "to": target.name}
    for one in (before, target):
        audit.record(
            organization=one,
            principal=principal,
            action="project.transfer",
            target=project.name,
            detail=detail,
            request=request,
        )
    transaction.on_commit(lambda: publish(project))
    return project


@transaction.atomic
def reset_project(
    *, project: Project, principal: Principal | None, request: HttpRequest | Request | None = None
) -> Erasure:
    """Ask for all statistics of a project to be erased; while that is under way, once is enough."""
    project = locked_project(project)
    running = running_reset(project)
    if running is not None:
        return running
    _record(project, "project.reset", principal, request)
    return _ask(project, Erasure.Verb.RESET)


def running_reset(project: Project) -> Erasure | None:
    """Return the reset that is under way, if any."""
    found = Erasure.objects.filter(project_number=project.pk, finished_at=None)
    return found.first()


@transaction.atomic
def delete_project(
    *, project: Project, principal: Principal | None, request: HttpRequest | Request | None = None
) -> None:
    """Delete a project; it is gone at once, and its rows within a minute."""
    project = locked_project(project)
    _record(project, "project.delete", principal, request)
    _ask(project, Erasure.Verb.DELETE)
    public_id = project.public_id
    project.delete()
    transaction.on_commit(lambda: withdraw(public_id))


@before_deletion
def delete_projects_of(organization: Organization, principal: Principal | None) -> None:
    """Delete every project of an organization that is about to go."""
    for project in organization.projects.all():
        delete_project(project=project, principal=principal)


def hand_over_erasures() -> int:
    """Hand to the collector what is asked for, and write down what it has finished; its number.

    May be lost, repeated, or done twice at once.
    """
    finished = 0
    try:
        done = erasures.erased()
        for erasure in Erasure.objects.filter(finished_at=None).order_by("pk"):
            if erasure.key in done:
                _finish(erasure, done[erasure.key])
                finished += 1
            else:
                erasures.ask_to_erase(erasure.request())
        for key in done:
            if not Erasure.objects.filter(key=key, finished_at=None).exists():
                erasures.forget_erased(key)
    except redis.RedisError as error:
        log.error("erasures wait for the queue: %s", error)
    return finished


def _finish(erasure: Erasure, rows: int) -> None:
    if erasure.verb == Erasure.Verb.DELETE:
        # A rebuild of the registry may have brought it back meanwhile.
        withdraw(erasure.project_public_id)
    erasure.finished_at, erasure.rows = timezone.now(), rows
    erasure.save(update_fields=["finished_at", "rows"])


def _ask(project: Project, verb: Erasure.Verb) -> Erasure:
    erasure = Erasure.objects.create(
        project_number=project.pk, project_public_id=project.public_id, verb=verb
    )
    transaction.on_commit(hand_over_erasures)
    return erasure


def _record(
    project: Project,
    action: str,
    principal: Principal | None,
    request: HttpRequest | Request | None,
) -> None:
    audit.record(
        organization=project.organization,
        principal=principal,
        action=action,
        target=project.name,
        detail={"project": project.public_id},
        request=request,
    )
