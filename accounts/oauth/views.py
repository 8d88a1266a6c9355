"""The provider's endpoints: allauth's own, each with what it lacks around it."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.core.internal.httpkit import add_query_params, extract_basic_auth
from allauth.idp.oidc import views as allauth
from allauth.idp.oidc.models import Client, Token
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import recent
from accounts.models import OAuthGrant
from accounts.oauth import requests, services
from accounts.oauth.adapter import GRANT_TYPES, ISSUER
from accounts.oauth.forms import ConsentForm

# Where the session keeps what the app asked for when its page was last shown.
ASKED = "consent"


@method_decorator(never_cache, name="dispatch")
class AuthorizationView(allauth.AuthorizationView):  # type: ignore[misc] # allauth is untyped
    """The page of consent. Anybody who is logged in; the app's request is checked first."""

    form_class = ConsentForm
    template_name = "idp/oidc/authorization_form.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a bad request, have the person log in, and ask them."""
        if refused := requests.refusal(request):
            return refused
        # Asked before the page: after its button a browser would not be let to the app's address.
        if request.user.is_authenticated:
            recent.ask(request)
        request.session[ASKED] = request.GET.urlencode()
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the choice of who has shown who they are; the form alone may be anybody's."""
        if request.user.is_authenticated and not recent.is_recent(request):
            # To the page anew, which asks first.
            return redirect(f"{request.path}?{request.session.get(ASKED, '')}")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_valid(self, form: ConsentForm) -> HttpResponse:
        """Lead back with a code, and remember what it is for."""
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            location = response.get("Location", "")
            if code := parse_qs(urlsplit(location).query).get("code"):
                services.create_grant(
                    person=self.request.user,
                    client=Client.objects.get(pk=self._request_info["client_id"]),
                    scopes=form.cleaned_data["scopes"],
                    projects=form.cleaned_data["projects"],
                    code=code[0],
                    request=self.request,
                )
        if location:
            response["Location"] = add_query_params(location, {"iss": ISSUER})
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Let the form lead to the app's address, which a browser would else refuse."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        address = requests.destination(self._request_info["redirect_uri"])
        # The name that django-csp looks at.
        vars(response)["_csp_update"] = {"form-action": [address]}
        return response

    def _skip_consent(self) -> HttpResponse:
        # Nobody but the person can choose projects.
        return self.render_to_response(self.get_context_data())

    def _respond_with_access_denied(self) -> HttpResponse:
        answer = {"error": "access_denied", "error_description": "The person said no."}
        if state := self._request_info.get("state"):
            answer["state"] = state
        return requests.lead_back(self._request_info["redirect_uri"], answer)


class TokenView(allauth.TokenView):  # type: ignore[misc]
    """Trades codes and refresh tokens, each once. Any app that proves who it is."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Trade, and keep the family of tokens together."""
        if not requests.is_storable(request.POST):
            return _refuse("invalid_request", "No parameter has a NUL in it.")
        if request.POST.get("grant_type", "") not in GRANT_TYPES:
            return _refuse("unsupported_grant_type", f"It can be {' or '.join(GRANT_TYPES)}.")
        with transaction.atomic():
            grant = services.claim_grant(presented=request.POST)
            try:
                response: HttpResponse = super().post(request)
            except ValidationError as error:
                return _refuse("invalid_target", error.messages[0])
            if response.status_code != 200:
                return response
            if grant is None:
                transaction.set_rollback(True)
                return _refuse("invalid_grant", "Nobody consented to this.")
            issued = json.loads(response.content)
            services.carry_on(grant=grant, presented=request.POST, issued=issued)
        return response


class RevokeView(allauth.RevokeView):  # type: ignore[misc]
    """Ends tokens. An app its own ones only; a refresh token ends all that came of the consent."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End a token as RFC 7009 says: 200 also for one that is not there."""
        if not requests.is_storable(request.POST):
            return _refuse("invalid_request", "No parameter has a NUL in it.")
        token = Token.objects.by_value(request.POST.get("token", "")).first()
        if token is not None and token.client_id != _client_of(request):
            return _refuse("invalid_client", "This token is another app's.")
        ends_all = token is not None and token.type == Token.Type.REFRESH_TOKEN
        family = services.family_of(token) if token and ends_all else None
        response: HttpResponse = super().post(request, *args, **kwargs)
        grant = OAuthGrant.objects.filter(pk=family or 0).first()
        if response.status_code == 200 and grant is not None:
            services.revoke_grant(grant=grant, request=request)
        return response


def _client_of(request: HttpRequest) -> str | None:
    """Return the app that asks, in the order in which allauth then makes it prove that."""
    named: str | None = extract_basic_auth(request.headers)[0]
    return named or request.POST.get("client_id")


def _refuse(error: str, description: str) -> JsonResponse:
    body = {"error": error, "error_description": description}
    return JsonResponse(body, status=400, headers={"Cache-Control": "no-store"})
