"""Every change to API tokens."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts import audit
from accounts.access import require
from accounts.models import ApiToken, Organization
from accounts.principal import Principal
from accounts.roles import Permission
from accounts.tokens import changes, secret

log = logging.getLogger(__name__)


@transaction.atomic
def create_token(
    *,
    organization: Organization,
    principal: Principal,
    name: str,
    scopes: Iterable[str],
    projects: Sequence[Any] | None = None,
    expires_at: datetime | None = None,
    request: HttpRequest | Request | None = None,
) -> tuple[ApiToken, str]:
    """Make a token; `projects` None = all there are. Returns it and its secret, kept nowhere."""
    # Whoever is removed meanwhile would else leave a token that nothing revokes.
    list(Organization.objects.select_for_update().filter(pk=organization.pk))
    if principal.user is not None:
        require(principal, organization, Permission.MANAGE_TOKENS)
    text = secret.new_secret(secret.ORGANIZATION_KIND if projects is None else secret.PROJECTS_KIND)
    token = ApiToken.objects.create(
        organization=organization,
        created_by=principal.user,
        name=name,
        prefix=text[: secret.PREFIX_LENGTH],
        secret_hash=secret.digest(text),
        scopes=sorted(set(scopes)),
        is_bound=projects is not None,
        expires_at=expires_at,
    )
    token.projects.set(projects or [])
    audit.record(
        organization=organization,
        principal=principal,
        action="token.create",
        target=name,
        detail={
            "id": token.public_id,
            "scopes": token.scopes,
            "projects": None if projects is None else [one.public_id for one in projects],
        },
        request=request,
    )
    changes.tell([token.secret_hash])
    return token, text


@transaction.atomic
def revoke_token(
    *, token: ApiToken, principal: Principal, request: HttpRequest | Request | None = None
) -> None:
    """End a token for good; to revoke it again changes nothing."""
    alive = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    if not alive.update(revoked_at=timezone.now()):
        return
    changes.tell([token.secret_hash])
    audit.record(
        organization=token.organization,
        principal=principal,
        action="token.revoke",
        target=token.name,
        detail={"id": token.public_id},
        request=request,
    )


def mark_used(*, token: ApiToken) -> None:
    """Remember the day of use: one write a day at most, and never a reason to refuse."""
    today = timezone.now().date()
    if token.last_used_on == today:
        return
    try:
        with transaction.atomic():
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)
    except DatabaseError as error:
        log.warning("the use of token %s was not remembered: %s", token.public_id, error)
