"""What an OAuth access token stands for: its person, in the projects and scopes they chose."""

import re

from allauth.idp.oidc.models import Token
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import OAuthGrant
from accounts.oauth import services
from accounts.principal import Principal

# The provider's opaque tokens are 64 random bytes.
FORM = re.compile(r"[0-9A-Za-z_-]{86}")
REFUSED = "This access token is unknown, over or revoked: refresh it or ask for consent again."


def looks_like_one(text: str) -> bool:
    """Tell the provider's tokens from other kinds, without a look into the database."""
    return FORM.fullmatch(text) is not None


def read(text: str) -> Principal:
    """Return the Principal of an access token's text. Raises AuthenticationFailed."""
    token = Token.objects.lookup(Token.Type.ACCESS_TOKEN, text)
    family = (token and services.family_of(token)) or 0
    grant = OAuthGrant.objects.select_related("user", "client").filter(pk=family).first()
    if token is None or grant is None or not grant.user.is_active:
        raise AuthenticationFailed(REFUSED)
    services.mark_used(grant=grant)
    return Principal(
        user=grant.user,
        scopes=frozenset(token.get_scopes()),
        project_ids=frozenset(grant.project_ids),
        name=str(grant),
    )
