"""What allauth's OAuth provider asks about us: our name, our scopes, whom we register."""

from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.core.exceptions import ValidationError

from accounts.access import PUBLIC_ID
from accounts.models import User
from accounts.roles import PROJECT_SCOPES, SCOPE_WORDS
from analytics_saas.env import env

ISSUER = env.web_origin
IDENTITY_SCOPES = {
    "openid": "Recognise you when you come back",
    "email": "See your e-mail address",
}
# Nothing about the team: an app acts in projects that a person chose, and nowhere else.
SCOPES = (*IDENTITY_SCOPES, *PROJECT_SCOPES)
GRANT_TYPES = ("authorization_code", "refresh_token")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class OAuthAdapter(DefaultOIDCAdapter):  # type: ignore[misc] # allauth is untyped
    """allauth's adapter with an issuer that no Host header can change."""

    scope_display = IDENTITY_SCOPES | {scope: SCOPE_WORDS[scope] for scope in PROJECT_SCOPES}

    def get_issuer(self) -> str:
        """Return who signs."""
        return ISSUER

    def get_user_sub(self, client: Any, user: User) -> str:
        """Return what an app knows a person by: for good, and no count of people."""
        return user.public_id

    def get_user_by_sub(self, client: Any, sub: str) -> User | None:
        """Return the person whom an app knows by this, unless their account is closed."""
        known = User.objects.filter(is_active=True)
        return known.filter(public_id=sub).first() if PUBLIC_ID.fullmatch(sub) else None

    def validate_resource_uris(self, *, uris: list[str], **kwargs: Any) -> None:
        """Refuse tokens for anything but this service (RFC 8707)."""
        for uri in uris:
            if uri != ISSUER and not uri.startswith(f"{ISSUER}/"):
                raise ValidationError("This server gives tokens for itself only.")

    def validate_client_registration(
        self, *, client: Any, client_metadata: dict[str, Any], **kwargs: Any
    ) -> None:
        """Refuse an app that asks for more than an operator would give it."""
        if not client.name:
            raise ValidationError("client_name is needed: people are shown it.")
        if beyond := set(client.get_scopes()) - set(SCOPES):
            raise ValidationError(f"There is no scope {sorted(beyond)[0]}.")
        if set(client.get_grant_types()) - set(GRANT_TYPES):
            raise ValidationError(f"grant_types can be {' and '.join(GRANT_TYPES)}.")
        if client.get_response_types() != ["code"]:
            raise ValidationError("response_types can be code only.")
        for uri in client.get_redirect_uris():
            require_safe_redirect(uri)


def require_safe_redirect(uri: str) -> None:
    """Raise ValidationError for an address over which a code could be overheard."""
    parts = urlsplit(uri)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if (parts.scheme != "https" and not local) or not parts.hostname or parts.fragment:
        raise ValidationError("redirect_uris are https:// addresses, or http:// on loopback.")
