"""`Authorization: Bearer …` becomes a Principal, or 401 with a sentence that says why not."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.request import Request

from accounts.jwt import authentication as jwts
from accounts.jwt import claims
from accounts.oauth import authentication as oauth
from accounts.principal import Principal
from accounts.tokens import authentication as api_tokens
from accounts.tokens.secret import STARTS

SCHEME = "Bearer"
# Names under which OAuth once allowed tokens in an address.
FORBIDDEN_PARAMETERS = frozenset({"access_token", "token"})


class Actor(AnonymousUser):
    """Stands in request.user for what is no person: known, but without a person's power."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override] # Django says Literal[False]
        """Django's word for 'not nobody'."""
        return True

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]
        """The opposite."""
        return False

    def __str__(self) -> str:
        """What its owner calls it."""
        return self.name


class BearerAuthentication(BaseAuthentication):
    """Reads the header and nothing else; a token in the address is refused."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return who acts and the Principal, None when no token was sent."""
        refuse_token_in_address(request)
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != SCHEME.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed("Send one token: Authorization: Bearer <token>.")
        try:
            text = words[1].decode("ascii")
        except UnicodeDecodeError:
            raise AuthenticationFailed("A token has ASCII characters only.") from None
        return self._read(text)

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that makes an answer a 401."""
        return f'{SCHEME} realm="daysalt"'

    def _read(self, text: str) -> tuple[Any, Principal]:
        if claims.looks_like_one(text):
            principal = jwts.read(text)
            return principal.user, principal
        reader = oauth if oauth.looks_like_one(text) else api_tokens
        principal = reader.read(text)
        return Actor(principal.name), principal


def refuse_token_in_address(request: Request) -> None:
    """Refuse a token in the query string: addresses end up in logs and histories."""
    for name in request.query_params:
        values = map(str, request.query_params.getlist(name))
        if name in FORBIDDEN_PARAMETERS or any(value.startswith(STARTS) for value in values):
            message = (
                "A token must not stand in the address, where logs would keep it: send it as "
                "'Authorization: Bearer <token>', and revoke this one."
            )
            raise ParseError(message, "token_in_address")
