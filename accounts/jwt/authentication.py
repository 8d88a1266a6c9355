"""What an access JWT stands for: its person, as long as their session lives."""

from rest_framework.exceptions import AuthenticationFailed

from accounts.jwt import claims
from accounts.principal import Principal
from analytics_saas.env import env

REFUSED = "This access token is not for this API or is over: refresh it or log in again."


def read(text: str) -> Principal:
    """Return the Principal of an access token's text. Raises AuthenticationFailed."""
    # One sentence for every reason: whoever forges a token learns nothing.
    payload = claims.read(text, claims.ACCESS) if env.jwt_private_key else None
    found = claims.session_of(payload) if payload else None
    if found is None:
        raise AuthenticationFailed(REFUSED)
    person, _ = found
    return Principal(user=person, name=person.email)
