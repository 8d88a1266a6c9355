"""Every change to projects, and its way into the registry."""

import logging
from collections.abc import Mapping
from typing import Any

import redis
from django.db import transaction
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from accounts import audit
from accounts.access import require
from accounts.models import Organization
from accounts.plans import plan_of, require_retention, require_room_for_project
from accounts.principal import Principal
from accounts.roles import Permission
from accounts.services.organizations import locked
from accounts.services.quota import on_quota_change
from accounts.tokens.changes import on_change
from projects import registry
from projects.models import Project
from projects.registry import keys

log = logging.getLogger(__name__)

USUAL_MONTHS = 24

# What an organization may change of its projects; the rest has a service of its own.
EDITABLE = frozenset({
    "name", "domain", "time_zone", "hostnames", "blocked_networks", "blocked_countries",
    "blocked_pages", "page_masks", "page_parameters", "strips_trailing_slash", "lowers_paths",
    "respects_privacy_signals", "retention_months", "is_public",
})  # fmt: skip


def locked_project(project: Project) -> Project:
    """Return the project as it is now, changed by nobody else until the transaction ends.

    The organization's row is locked: whoever changes its projects waits here, one after the
    other. Raises Http404 once it is gone, or with another organization than the one asked about.
    """
    organization = locked(project.organization)
    now = organization.projects.filter(pk=project.pk).first()
    if now is None:
        raise Http404
    now.organization = organization
    return now


@transaction.atomic
def create_project(
    *,
    organization: Organization,
    name: str,
    domain: str,
    time_zone: str,
    principal: Principal | None = None,
    request: HttpRequest | Request | None = None,
    **rules: Any,
) -> Project:
    """Create a project and publish it once committed. Raises LimitReached."""
    owner = locked(organization)
    require_showable(rules, principal, owner)
    require_room_for_project(owner, existing=owner.projects.count())
    rules.setdefault("retention_months", min(USUAL_MONTHS, plan_of(owner).retention_months))
    require_retention(owner, rules["retention_months"])
    project = Project.objects.create(
        organization=organization,
        name=name,
        domain=domain,
        time_zone=time_zone,
        **{field: rules[field] for field in EDITABLE & rules.keys()},
    )
    audit.record(
        organization=organization,
        principal=principal,
        action="project.create",
        target=name,
        request=request,
    )
    transaction.on_commit(lambda: publish(project))
    return project


@transaction.atomic
def update_project(
    *,
    project: Project,
    changes: Mapping[str, Any],
    principal: Principal | None = None,
    request: HttpRequest | Request | None = None,
) -> Project:
    """Change what differs, and publish it once committed. Raises LimitReached."""
    project = locked_project(project)
    changed = {
        field: value
        for field, value in changes.items()
        if field in EDITABLE and getattr(project, field) != value
    }
    if not changed:
        return project
    require_showable(changed, principal, project.organization)
    if "retention_months" in changed:
        require_retention(project.organization, changed["retention_months"])
    detail = {field: [getattr(project, field), value] for field, value in changed.items()}
    for field, value in changed.items():
        setattr(project, field, value)
    project.save(update_fields=list(changed))
    audit.record(
        organization=project.organization,
        principal=principal,
        action="project.update",
        target=project.name,
        detail=detail,
        request=request,
    )
    transaction.on_commit(lambda: publish(project))
    return project


def ends_numbers(project: Project, changes: Mapping[str, Any]) -> bool:
    """Tell whether changes keep numbers for fewer months, which deletes what is older."""
    months: int = changes.get("retention_months", project.retention_months)
    return months < project.retention_months


def require_showable(
    fields: Mapping[str, Any], principal: Principal | None, organization: Organization
) -> None:
    """Raise PermissionDenied where a dashboard becomes public by who may not read its numbers."""
    if fields.get("is_public") and principal is not None:
        require(principal, organization, Permission.SEE_NUMBERS)


def withdraw_project(*, project: Project) -> None:
    """Take back a project that was never used; what was counted for it stays and is unseen."""
    public_id = project.public_id
    project.delete()
    try:
        registry.withdraw(public_id)
    except redis.RedisError:
        log.exception("project %s is still in the registry", public_id)


def publish(project: Project) -> None:
    """Push a project to the registry; without it the collector learns it at the next rebuild."""
    try:
        registry.push(project.rules())
    except redis.RedisError:
        log.exception("project %s is not in the registry yet", project.public_id)


def publish_changed() -> int:
    """Push what the registry does not know yet, such as a new plan; return how many projects.

    Projects that are gone and were not withdrawn, since the cache was away, are now. Raises
    RegistryUnavailable.
    """
    known = {rules.public_id: rules for rules in registry.everyone()}
    kept = {rules.public_id: rules for rules in registry.everyone_kept()}
    found = {one.public_id: one for one in Project.objects.select_related("organization")}
    stale = [
        one.pk
        for name, one in found.items()
        if not known.get(name) == kept.get(name) == one.rules()
    ]
    gone = (known.keys() | kept.keys()) - found.keys()
    for key in stale:
        _publish_again(key)
    for public_id in gone:
        withdraw(public_id)
    return len(stale) + len(gone)


@on_quota_change
def publish_projects_of(organization: Organization) -> None:
    """Push every project of an organization; without it that happens within the hour."""
    for key in organization.projects.values_list("pk", flat=True):
        _publish_again(key)


def _publish_again(key: int) -> None:
    # Under its lock no newer rules can be overwritten by these.
    with transaction.atomic():
        project = Project.objects.select_for_update().filter(pk=key).first()
        if project is not None:
            publish(project)


def withdraw(public_id: str) -> None:
    """Take a project out of the registry; without it that happens within the hour."""
    try:
        registry.withdraw(public_id)
    except redis.RedisError:
        log.exception("project %s is still in the registry", public_id)


@on_change
def publish_keys(hashes: list[str]) -> None:
    """Push tokens to the registry; without it the collector learns it within five minutes."""
    try:
        keys.publish(hashes)
    except (redis.RedisError, registry.RegistryUnavailable):
        log.exception("%d tokens are not in the registry yet", len(hashes))
