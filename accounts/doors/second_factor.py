"""What authenticator apps and passkeys are told about this service."""

from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter

from analytics_saas.env import env


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth is untyped
    """Names us by WEB_ORIGIN: the Host header is the visitor's to choose."""

    def get_totp_issuer(self) -> str:
        """Return what an authenticator app shows above the code."""
        return "Daysalt"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return whom a passkey belongs to."""
        return {"id": urlsplit(env.web_origin).hostname or "localhost", "name": "Daysalt"}
