"""Every address of the web role but the probes, which health.py answers ahead of it."""

from django.urls import include, path

from accounts.operators import site as operators
from analytics_saas import errors, reference
from analytics_saas.env import env

urlpatterns = [
    path("", include("analytics_saas.website.urls")),
    path("accounts/", include("accounts.doors.urls")),
    path("accounts/", include("allauth.urls")),
    path("organizations/", include("accounts.organizations.urls")),
    path("api/v1/", include("accounts.organizations.api_urls")),
    path("", include("accounts.tokens.urls")),
    path("docs/api/", reference.page, name="api_reference"),
    path("api/v1/openapi.yaml", reference.text, name="openapi"),
    path("accounts/apps/", include("accounts.oauth.urls")),
    path("projects/", include("projects.urls")),
    path("api/v1/", include("projects.api_urls")),
    path("", include("projects.sharing.urls")),
    path("", include("reports.urls")),
    path("admin/", operators.urls),
    path("api/", errors.absent, name="api_absent"),
    path("api/<path:rest>", errors.absent, name="api_absent"),
]

handler500 = "analytics_saas.errors.broken"
handler403 = "accounts.organizations.views.shared.denied"
if env.oidc_private_key:
    urlpatterns.append(path("", include("accounts.oauth.provider_urls")))
if env.jwt_private_key:
    urlpatterns.append(path("_allauth/", include("allauth.headless.urls")))
