"""Refresh tokens: each is good once, and a second use ends its whole session."""

import logging

from allauth.headless.tokens.strategies.jwt import internal
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.jwt import claims
from accounts.models import User

log = logging.getLogger(__name__)


def new_refresh_token(*, person: User, session: SessionBase) -> str:
    """Sign a refresh token and remember in its session that it was not used yet."""
    text, payload = claims.issue(claims.REFRESH, person=person, session=session)
    internal.get_refresh_token_state(session)[payload["jti"]] = payload["exp"]
    session.modified = True
    return text


@transaction.atomic
def refresh(*, text: str) -> tuple[str, str] | None:
    """Trade a refresh token for an access token and the next refresh token; None: refused.

    A token that was traded before is in two hands. Nobody can tell which is the thief's, so the
    session ends for both.
    """
    payload = claims.read(text, claims.REFRESH)
    if payload is None or not _lock(payload["sid"]):
        return None
    found = claims.session_of(payload)
    if found is None:
        return None
    person, session = found
    if internal.get_refresh_token_state(session).pop(payload["jti"], None) is None:
        log.warning("a refresh token of person %s was used twice: session ended", person.pk)
        session.flush()
        return None
    access, _ = claims.issue(claims.ACCESS, person=person, session=session)
    renewed = new_refresh_token(person=person, session=session)
    session.save()
    return access, renewed


def _lock(sid: str) -> bool:
    """Let one request after another read and write a session; False when it is gone."""
    row = Session.objects.select_for_update().filter(session_key=internal.session_key_from_sid(sid))
    return row.first() is not None
