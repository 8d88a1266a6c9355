"""Every change to shared links; a secret is told once and only its hash is kept."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts import audit
from accounts.access import require
from accounts.principal import Principal
from accounts.roles import Permission
from projects.models import Project, SharedLink
from projects.rules import RuleError, clean_name
from projects.services import locked_project
from projects.sharing.access import hash_of

MOST_LINKS = 100
SECRET_BYTES = 16
LEAST_PASSWORD, MOST_PASSWORD = 8, 128


@transaction.atomic
def create_shared_link(
    *,
    project: Project,
    name: str,
    principal: Principal,
    password: str = "",
    expires_at: datetime | None = None,
    request: HttpRequest | Request | None = None,
) -> tuple[SharedLink, str]:
    """Create a link; return it and its secret, which nobody can read again. Raises RuleError, and
    PermissionDenied for who may not show numbers.
    """
    project = locked_project(project)
    # Whoever was removed while this waited would else leave a way in; and a link shows numbers,
    # so that it takes more than the right to edit.
    for need in (Permission.EDIT_PROJECTS, Permission.SEE_NUMBERS):
        require(principal, project.organization, need)
    if project.shared_links.filter(revoked_at=None).count() >= MOST_LINKS:
        raise RuleError(f"A project has at most {MOST_LINKS} links: revoke one first.")
    # As many that were revoked can still be looked up.
    gone = project.shared_links.exclude(revoked_at=None).order_by("-revoked_at")[MOST_LINKS:]
    project.shared_links.filter(pk__in=[one.pk for one in gone]).delete()
    given = {"name": name, "password": password, "expires_at": expires_at}
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link = SharedLink.objects.create(
        project=project,
        secret_hash=hash_of(secret),
        created_by=principal.user,
        **_clean(given),
    )
    _record(link, "shared_link.create", principal, request)
    return link, secret


@transaction.atomic
def update_shared_link(
    *,
    link: SharedLink,
    changes: Mapping[str, Any],
    principal: Principal,
    request: HttpRequest | Request | None = None,
) -> SharedLink:
    """Change name, end or password ('' for none) of a link. Raises RuleError."""
    link, cleaned = _locked(link), _clean(changes)
    for field, value in cleaned.items():
        setattr(link, field, value)
    link.save(update_fields=list(cleaned))
    _record(link, "shared_link.update", principal, request, sorted(changes))
    return link


@transaction.atomic
def revoke_shared_link(
    *, link: SharedLink, principal: Principal, request: HttpRequest | Request | None = None
) -> SharedLink:
    """Close a link for good; twice is as good as once."""
    link = _locked(link)
    if link.revoked_at is None:
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
        _record(link, "shared_link.revoke", principal, request)
    return link


def _locked(link: SharedLink) -> SharedLink:
    """Return a link as it is now. Raises Http404 once it or its project is gone."""
    project = locked_project(link.project)
    now = project.shared_links.filter(pk=link.pk).first()
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
    if (expires_at := cleaned.get("expires_at")) and expires_at <= timezone.now():
        raise RuleError("The end is in the past: choose a later time.", field="expires_at")
    if password := cleaned.get("password"):
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            problem = f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters."
            raise RuleError(problem, field="password")
        cleaned["password"] = make_password(password)
    return cleaned


def _record(
    link: SharedLink,
    action: str,
    principal: Principal,
    request: HttpRequest | Request | None,
    fields: list[str] | None = None,
) -> None:
    detail: dict[str, Any] = {"project": link.project.public_id, "link": link.public_id}
    audit.record(
        organization=link.project.organization,
        principal=principal,
        action=action,
        target=link.name,
        detail=detail | ({"fields": fields} if fields else {}),
        request=request,
    )
