"""The page on which an organization's tokens are listed, made and revoked."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Organization
from accounts.organizations.views.shared import refusals_told, render_page
from accounts.principal import principal_of
from accounts.recent import asks_who
from accounts.tokens import access, services
from accounts.tokens.forms import TokenForm


@login_required
@never_cache
@asks_who
def token_list(request: HttpRequest, organization_id: str) -> HttpResponse:
    """List the tokens, and make one: its secret is on this answer and nowhere else."""
    organization = access.get_tokens_organization(principal_of(request), organization_id)
    form = _form(request, organization)
    if request.method == "POST" and form.is_valid():
        with refusals_told(request, form):
            token, secret = services.create_token(
                organization=organization,
                principal=principal_of(request),
                request=request,
                **form.cleaned_data,
            )
            shown = {"secret": secret, "token": token}
            return _page(request, organization, TokenForm(projects=_choices(organization)), shown)
    return _page(request, organization, form, {})


@login_required
@require_POST
def revoke(request: HttpRequest, organization_id: str, token_id: str) -> HttpResponse:
    """End one token and lead back to the list."""
    organization = access.get_tokens_organization(principal_of(request), organization_id)
    token = access.get_token(organization, token_id)
    services.revoke_token(token=token, principal=principal_of(request), request=request)
    return redirect("tokens:list", organization.public_id)


def _form(request: HttpRequest, organization: Organization) -> TokenForm:
    return TokenForm(request.POST or None, projects=_choices(organization))


_choices = access.bindable_projects


def _page(
    request: HttpRequest, organization: Organization, form: TokenForm, more: dict[str, object]
) -> HttpResponse:
    tokens = access.visible_tokens(organization).filter(revoked_at=None)
    shown = {"tokens": tokens, "form": form, "now": timezone.now()}
    return render_page(request, "accounts/tokens.html", "tokens", organization, shown | more)
