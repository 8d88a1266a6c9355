"""Tells allauth's headless API to sign and read tokens our way."""

from typing import Any

from allauth.core.internal.httpkit import authenticated_user, get_authorization_credential
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from django.http import HttpRequest

from accounts.jwt import claims, services


class TokenStrategy(JWTTokenStrategy):  # type: ignore[misc] # allauth is untyped
    """allauth's strategy with issuer, audience, header and reuse checked."""

    def create_access_token(self, request: HttpRequest) -> str:
        """Sign an access token once somebody has logged in."""
        person = authenticated_user(request)
        return claims.issue(claims.ACCESS, person=person, session=request.session)[0]

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        """Return what a log-in answers with."""
        person = authenticated_user(request)
        return {
            "access_token": self.create_access_token(request),
            "expires_in": claims.lifetime(claims.ACCESS),
            "refresh_token": services.new_refresh_token(person=person, session=request.session),
        }

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """Trade a refresh token for the next pair."""
        return services.refresh(text=refresh_token)

    def _get_access_token(self, request: HttpRequest) -> dict[str, Any] | None:
        text = get_authorization_credential(request, "Bearer")
        payload = claims.read(text, claims.ACCESS) if text else None
        return payload if payload and claims.session_of(payload) else None
