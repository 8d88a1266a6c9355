"""Every change to grants: made by consent, carried by tokens that are good once, and ended.

allauth makes, trades and deletes the tokens; this keeps their family together.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from allauth.idp.oidc import app_settings
from allauth.idp.oidc.models import Client, Token
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import OAuthGrant, Organization, SpentRefreshToken, User
from accounts.principal import Principal

log = logging.getLogger(__name__)


def digest(text: str) -> str:
    """Return what is stored of a code or token; the same as allauth's own."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def create_grant(
    *,
    person: User,
    client: Client,
    scopes: Iterable[str],
    projects: Iterable[Any],
    code: str,
    request: HttpRequest | None = None,
) -> OAuthGrant:
    """Remember a consent, and the code by which the app will come for it."""
    grant = OAuthGrant.objects.create(
        user=person,
        client=client,
        scopes=sorted(scopes),
        project_ids=[project.pk for project in projects],
        code_hash=digest(code),
    )
    _record(grant, "app.allow", request)
    return grant


@transaction.atomic
def revoke_grant(*, grant: OAuthGrant, request: HttpRequest | None = None) -> None:
    """End a grant with all its tokens."""
    tokens_of(grant).delete()
    _record(grant, "app.revoke", request)
    grant.delete()


def claim_grant(*, presented: Mapping[str, Any]) -> OAuthGrant | None:
    """Find and lock the family of a presented code or refresh token, within a transaction.

    Whatever is presented a second time was stolen from somebody: its family ends.
    """
    kind = presented.get("grant_type")
    text = presented.get("code" if kind == "authorization_code" else "refresh_token") or ""
    if kind == "authorization_code":
        found = OAuthGrant.objects.filter(code_hash=digest(text))
    else:
        found = OAuthGrant.objects.filter(pk=_family_of(text) or 0)
    grant = found.select_for_update().first()
    if grant is None:
        return None
    # Read after the lock: a parallel request may have traded it meanwhile.
    if kind == "authorization_code":
        spent = grant.code_used_at is not None
    else:
        spent = grant.spent_tokens.filter(token_hash=digest(text)).exists()
    if spent:
        log.warning("%s of grant %s was used twice: it ended", kind, grant.public_id)
        revoke_grant(grant=grant)
        return None
    return grant


def _family_of(refresh_token: str) -> int | None:
    token = Token.objects.by_value(refresh_token).filter(type=Token.Type.REFRESH_TOKEN).first()
    if token is not None:
        return family_of(token)
    spent = SpentRefreshToken.objects.filter(token_hash=digest(refresh_token)).first()
    return spent.grant_id if spent else None


@transaction.atomic
def carry_on(*, grant: OAuthGrant, presented: Mapping[str, Any], issued: Mapping[str, Any]) -> None:
    """Take newly issued tokens into a family, and remember what was traded for them."""
    now = timezone.now()
    if presented.get("grant_type") == "authorization_code":
        OAuthGrant.objects.filter(pk=grant.pk).update(code_used_at=now)
    else:
        SpentRefreshToken.objects.create(grant=grant, token_hash=digest(presented["refresh_token"]))
    for name in ("access_token", "refresh_token"):
        for token in Token.objects.by_value(issued.get(name) or ""):
            token.data = (token.data or {}) | {"grant": grant.pk}
            token.save(update_fields=["data"])
    # What is over by age can do no harm and needs no memory.
    tokens_of(grant).filter(expires_at__lte=now).delete()
    forgotten = now - timedelta(seconds=app_settings.REFRESH_TOKEN_EXPIRES_IN)
    grant.spent_tokens.filter(spent_at__lte=forgotten).delete()


def mark_used(*, grant: OAuthGrant) -> None:
    """Remember the day of use: one write a day at most, and never a reason to refuse."""
    today = timezone.now().date()
    if grant.last_used_on == today:
        return
    try:
        with transaction.atomic():
            OAuthGrant.objects.filter(pk=grant.pk).update(last_used_on=today)
    except DatabaseError as error:
        log.warning("the use of grant %s was not remembered: %s", grant.public_id, error)


def family_of(token: Token) -> int | None:
    """Return the grant that a token came of; None for one that no consent made."""
    family: int | None = (token.data or {}).get("grant")
    return family


def tokens_of(grant: OAuthGrant) -> Any:
    """Return allauth's rows of a family."""
    return Token.objects.filter(user=grant.user, client=grant.client, data__grant=grant.pk)


def _record(grant: OAuthGrant, action: str, request: HttpRequest | None) -> None:
    """Tell every organization whose projects an app was let at."""
    principal = Principal(user=grant.user, name=grant.user.email)
    for organization in Organization.objects.filter(projects__in=grant.project_ids).distinct():
        audit.record(
            organization=organization,
            principal=principal,
            action=action,
            target=grant.client.name,
            detail={"id": grant.public_id, "scopes": grant.scopes},
            request=request,
        )
