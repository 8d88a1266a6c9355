"""Every change to API tokens."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts import audit
from accounts.access import require
from accounts.errors import Refused
from accounts.models import ApiToken, Organization
from accounts.principal import Principal
from accounts.roles import Permission
from accounts.tokens import changes, secret

# Of an organization: tokens that live, and as many that have ended and can still be looked up.
MOST_TOKENS = 100


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
    """Make a token; `projects` None = all there are. Returns it and its secret, kept nowhere.

    Raises Refused, and PermissionDenied for a person who lost the right meanwhile.
    """
    # Whoever is removed meanwhile would else leave a token that nothing revokes.
    list(Organization.objects.select_for_update().filter(pk=organization.pk))
    if principal.user is not None:
        require(principal, organization, Permission.MANAGE_TOKENS)
    _make_room(organization)
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


def _make_room(organization: Organization) -> None:
    """Forget those that ended longest ago. Raises Refused when too many live."""
    living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
    if organization.tokens.filter(living).count() >= MOST_TOKENS:
        message = f"An organization has at most {MOST_TOKENS} tokens: revoke one first."
        raise Refused("too_many_tokens", message)
    ended = organization.tokens.exclude(living).order_by("-pk")[MOST_TOKENS:]
    organization.tokens.filter(pk__in=[one.pk for one in ended]).delete()
