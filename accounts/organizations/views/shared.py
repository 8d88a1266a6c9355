"""What every page of an organization needs: its tabs, and how a refusal is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import permission_denied

from accounts.access import TwoFactorRequired
from accounts.errors import Refused
from accounts.models import Organization
from accounts.principal import principal_of


def show(
    request: HttpRequest, page: str, organization: Organization, **context: Any
) -> HttpResponse:
    """Render organizations/<page>.html with the tabs that this person may open."""
    return render_page(request, f"organizations/{page}.html", page, organization, context)


def render_page(
    request: HttpRequest,
    template: str,
    tab: str,
    organization: Organization,
    context: dict[str, Any],
) -> HttpResponse:
    """Render a page of an organization by its template."""
    allowed = principal_of(request).permissions(organization)
    can = {permission.value: True for permission in allowed}
    own = {"organization": organization, "can": can, "tab": tab}
    return render(request, template, own | context)


@contextmanager
def refusals_told(request: HttpRequest, form: forms.Form | None = None) -> Iterator[None]:
    """Say what stood in the way: beside the field of a form that has it, else on top of a page."""
    try:
        yield
    except Refused as refused:
        if form is None:
            messages.error(request, refused.message)
        else:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.message)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403; whoever only lacks a second factor is led to its set-up."""
    if isinstance(exception, TwoFactorRequired):
        return render(request, "organizations/second_factor.html", status=403)
    return permission_denied(request, PermissionDenied())
