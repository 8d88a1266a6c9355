"""Addresses of the OAuth provider; the names are those that allauth asks for.

No device flow and no client credentials: without a person nobody chooses projects.
"""

from allauth.idp.oidc import views as allauth
from django.urls import include, path

from accounts.oauth import discovery, views
from analytics_saas.env import env

app_name = "idp"
provider = [
    path(".well-known/openid-configuration", discovery.configuration, name="configuration"),
    path(".well-known/oauth-authorization-server", discovery.configuration, name="oauth_server"),
    path(".well-known/jwks.json", allauth.jwks, name="jwks"),
    path("identity/o/authorize", views.AuthorizationView.as_view(), name="authorization"),
    path("identity/o/api/token", views.TokenView.as_view(), name="token"),
    path("identity/o/api/revoke", views.RevokeView.as_view(), name="revoke"),
    path("identity/o/api/userinfo", allauth.user_info, name="userinfo"),
]
if env.oauth_registration:
    provider.append(
        path("identity/o/api/clients", allauth.client_registration, name="client_registration")
    )
urlpatterns = [path("", include((provider, "oidc")))]
