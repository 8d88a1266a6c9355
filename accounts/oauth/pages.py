"""The page on which a person sees the apps they let in, and shows them out."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import OAuthGrant
from accounts.oauth import access, services
from accounts.oauth.adapter import OAuthAdapter
from accounts.principal import principal_of


@login_required
def app_list(request: HttpRequest) -> HttpResponse:
    """List a person's own grants."""
    principal = principal_of(request)
    projects = access.choosable_projects(principal)
    apps = [
        (grant, _words(grant), [one.name for one in projects if one.pk in grant.project_ids])
        for grant in access.visible_grants(principal)
    ]
    return render(request, "accounts/apps.html", {"apps": apps})


@login_required
@require_POST
def revoke(request: HttpRequest, grant_id: str) -> HttpResponse:
    """End one grant of the person's own."""
    grant = access.get_grant(principal_of(request), grant_id)
    services.revoke_grant(grant=grant, request=request)
    return redirect("apps:list")


def _words(grant: OAuthGrant) -> list[str]:
    return [OAuthAdapter.scope_display.get(scope, scope) for scope in grant.scopes]
