"""Every address of the web role."""

from django.contrib import admin
from django.urls import include, path

from analytics_saas import health

urlpatterns = [
    path("", include("analytics_saas.website.urls")),
    path("accounts/", include("allauth.urls")),
    path("projects/", include("projects.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
