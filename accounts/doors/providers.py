"""Log-in through Google, GitHub and others: new people, and whatever a provider answers wrongly."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.models import User
from accounts.services import create_person_organization

log = logging.getLogger(__name__)

# What reading an answer raises that is not what its provider promised.
GARBAGE = (AttributeError, KeyError, IndexError, TypeError, ValueError)

# In the shape of allauth's headless API.
UNREADABLE = {"message": "Invalid token.", "code": "invalid_token", "param": "token"}


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # allauth is untyped
    """Every new person gets an organization, whichever door they came through."""

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Store person, provider's account and organization together or not at all."""
        with transaction.atomic():
            person: User = super().save_user(request, sociallogin, form)
            if not person.memberships.exists():
                create_person_organization(person=person)
        return person

    def on_authentication_error(self, request: HttpRequest, provider: Any, **what: Any) -> None:
        """Tell the operator why; the person is told that it was not them."""
        name = provider.id if provider else "an unknown provider"
        log.warning("log-in with %s failed: %s %r", name, what["error"], what["exception"])


class ProviderMiddleware:
    """Leads to a provider by a page, and back from a broken answer to the log-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Turn a redirect to a provider into a page that leads there.

        A redirect after a form would need every provider in form-action of the policy.
        """
        response = self.get_response(request)
        target = response.headers.get("location", "")
        if _step(request) == "login" and request.method == "POST" and urlsplit(target).netloc:
            return render(request, "socialaccount/login_redirect.html", {"redirect_to": target})
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a provider that is not configured, or that sent what none can read."""
        if isinstance(error, SocialApp.DoesNotExist):
            raise Http404
        match = request.resolver_match
        if match and match.url_name == "provider_token" and isinstance(error, GARBAGE):
            log.warning("a provider's token cannot be read: %s", type(error).__name__)
            return JsonResponse({"status": 400, "errors": [UNREADABLE]}, status=400)
        if match and match.url_name and _step(request) == "callback" and isinstance(error, GARBAGE):
            name = match.kwargs.get("provider_id") or match.url_name.removesuffix("_callback")
            provider = get_adapter().get_provider(request, name)
            answer: HttpResponse = render_authentication_error(request, provider, exception=error)
            return answer
        return None


def _step(request: HttpRequest) -> str:
    """Return `login` or `callback` for the two pages of a provider, else nothing."""
    match = request.resolver_match
    if match is None or not match.func.__module__.startswith("allauth.socialaccount.providers"):
        return ""
    return (match.url_name or "").rpartition("_")[2]
