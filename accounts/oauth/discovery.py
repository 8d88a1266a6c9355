"""What the provider says about itself, for OpenID Connect and for OAuth 2.0 (RFC 8414)."""

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.oauth.adapter import GRANT_TYPES, ISSUER, SCOPES
from analytics_saas.env import env


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """Answer everybody, from any site, and the same under every host name."""
    ways = ["client_secret_basic", "client_secret_post", "none"]
    data = {
        "issuer": ISSUER,
        "authorization_endpoint": _address("authorization"),
        "token_endpoint": _address("token"),
        "revocation_endpoint": _address("revoke"),
        "userinfo_endpoint": _address("userinfo"),
        "jwks_uri": _address("jwks"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_methods_supported": ways,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{ISSUER}/docs/api/",
    }
    if env.oauth_registration:
        data["registration_endpoint"] = _address("client_registration")
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600"}
    return JsonResponse(data, headers=headers)


def _address(name: str) -> str:
    return ISSUER + reverse(f"idp:oidc:{name}")
