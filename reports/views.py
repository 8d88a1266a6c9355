"""The page that holds the dashboard; the numbers come through the API."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.principal import principal_of
from accounts.roles import Permission
from accounts.usage import Standing, standing_of
from projects.access import get_project
from projects.settings_views import settings_address


@login_required
def dashboard(request: HttpRequest, public_id: str) -> HttpResponse:
    """The numbers of one project."""
    principal = principal_of(request)
    project = get_project(principal, public_id, Permission.SEE_NUMBERS)
    organization = project.organization
    context = {
        "project": project,
        "settings": settings_address(principal, project),
        "organization": organization,
        "asks_upgrade": standing_of(organization) == Standing.UPGRADE,
        "can": {right.value: True for right in principal.permissions(organization)},
    }
    return render(request, "dashboard/dashboard.html", context)
