"""The page that holds the dashboard; the numbers come through the API."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from projects.access import get_project


@login_required
def dashboard(request: HttpRequest, public_id: str) -> HttpResponse:
    """The numbers of one project."""
    project = get_project(cast(User, request.user), public_id)
    return render(request, "dashboard/dashboard.html", {"project": project})
