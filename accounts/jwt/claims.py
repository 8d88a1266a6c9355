"""The only place where a JWT of the API is signed or read; every choice a token could make is ours.

A token's header must be exactly ours: no other algorithm, key id, key address or extension is
ever looked at. Issuer and audience keep out what another service or environment signed, and what
our OAuth provider signs for others (it has a key of its own).
"""

from typing import Any

import jwt
from allauth.core.internal.sessionkit import get_session_user
from allauth.headless import app_settings
from allauth.headless.tokens.strategies.jwt import internal
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User
from analytics_saas.env import env

ALGORITHM = "RS256"
ISSUER = env.web_origin
AUDIENCE = f"{env.web_origin}/api"
ACCESS, REFRESH = "access", "refresh"
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "token_use"]


def looks_like_one(text: str) -> bool:
    """Tell a JWT from other kinds of tokens, without any trust."""
    return text.startswith("ey") and text.count(".") == 2


def lifetime(use: str) -> int:
    """Return for how many seconds a token is good."""
    access: int = app_settings.JWT_ACCESS_TOKEN_EXPIRES_IN
    refresh: int = app_settings.JWT_REFRESH_TOKEN_EXPIRES_IN
    return access if use == ACCESS else refresh


def issue(use: str, *, person: User, session: SessionBase) -> tuple[str, dict[str, Any]]:
    """Sign a token of a person's session. Returns its text and its claims."""
    signed: tuple[str, dict[str, Any]] = internal.create_token(
        use,
        sub=person.public_id,
        sid=internal.session_key_to_sid(session.session_key),
        claims={"iss": ISSUER, "aud": AUDIENCE},
        expires_in=lifetime(use),
    )
    return signed


def read(text: str, use: str) -> dict[str, Any] | None:
    """Return the claims of a token that is ours, of this use, and not over; else None."""
    config = internal._get_jwt_config()
    expected = {"alg": ALGORITHM, "typ": "JWT", "kid": config.jwk_dict["kid"]}
    try:
        if jwt.get_unverified_header(text) != expected:
            return None
        payload: dict[str, Any] = jwt.decode(
            text,
            config.verifying_key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except jwt.PyJWTError:
        return None
    named = [payload[name] for name in ("sub", "sid", "jti")]
    if not all(isinstance(text, str) and text.isascii() for text in named):
        return None
    return payload if payload["token_use"] == use else None


def session_of(payload: dict[str, Any]) -> tuple[User, SessionBase] | None:
    """Return the living session of a token and its person; None once either is gone.

    A log-out, a changed password and a deactivated account end the session, so they end every
    token of it at once.
    """
    session = internal.get_token_session(payload)
    if session is None:
        return None
    person: User | None = get_session_user(session)
    if person is None or person.public_id != payload["sub"]:
        return None
    return person, session
