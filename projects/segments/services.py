"""Every change to segments; the reports say what a filter may be."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from accounts import audit
from accounts.models import User
from accounts.principal import Principal
from projects.models import Project, Segment
from projects.ports import reports
from projects.rules import RuleError, clean_name
from projects.services import locked_project

MOST_SEGMENTS = 100


@transaction.atomic
def create_segment(
    *,
    project: Project,
    name: str,
    filters: Any,
    owner: User | None,
    principal: Principal,
    request: HttpRequest | Request | None = None,
) -> Segment:
    """Save filters for one person, or for all without an owner. Raises RuleError."""
    project = locked_project(project)
    if project.segments.filter(owner=owner).count() >= MOST_SEGMENTS:
        raise RuleError(f"At most {MOST_SEGMENTS} segments are kept: delete one first.")
    fields = _clean({"name": name, "filters": filters})
    segment = Segment.objects.create(project=project, owner=owner, **fields)
    _record(segment, "segment.create", principal, request)
    return segment


@transaction.atomic
def update_segment(
    *,
    segment: Segment,
    changes: Mapping[str, Any],
    principal: Principal,
    request: HttpRequest | Request | None = None,
) -> Segment:
    """Change a segment's name or filters. Raises RuleError."""
    segment, cleaned = _locked(segment), _clean(changes)
    for field, value in cleaned.items():
        setattr(segment, field, value)
    segment.save(update_fields=list(cleaned))
    _record(segment, "segment.update", principal, request)
    return segment


@transaction.atomic
def delete_segment(
    *, segment: Segment, principal: Principal, request: HttpRequest | Request | None = None
) -> None:
    """Delete a segment."""
    segment = _locked(segment)
    _record(segment, "segment.delete", principal, request)
    segment.delete()


def _locked(segment: Segment) -> Segment:
    """Return a segment as it is now. Raises Http404 once it or its project is gone."""
    project = locked_project(segment.project)
    now = project.segments.filter(pk=segment.pk).first()
    if now is None:
        raise Http404
    now.project = project
    return now


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = dict(fields)
    if "name" in cleaned:
        try:
            cleaned["name"] = clean_name(cleaned["name"])
        except RuleError as error:
            raise RuleError(str(error), field="name") from None
    if "filters" in cleaned:
        reports().check_filters(cleaned["filters"])
    return cleaned


def _record(
    segment: Segment, action: str, principal: Principal, request: HttpRequest | Request | None
) -> None:
    # What a person keeps for themselves is no business of the organization's log.
    if segment.owner_id is None:
        audit.record(
            organization=segment.project.organization,
            principal=principal,
            action=action,
            target=segment.name,
            detail={"project": segment.project.public_id},
            request=request,
        )
