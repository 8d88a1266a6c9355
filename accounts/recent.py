"""Asks a person whether it is them before what would do most harm in an open or stolen browser."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows import reauthentication
from allauth.core.exceptions import ReauthenticationRequired
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from accounts.roles import Role
from analytics_saas.errors import ApiError

View = Callable[..., HttpResponse]
POWERFUL = (Role.OWNER, Role.ADMIN)


def is_recent(request: HttpRequest) -> bool:
    """Tell whether the person logged in or confirmed a moment ago.

    True as well for who has neither a password nor a second factor: there is nothing to ask for.
    """
    if not reauthentication.is_reauthentication_required(request, app="allauth.account"):
        return True
    since = timezone.now() - timedelta(seconds=app_settings.REAUTHENTICATION_TIMEOUT)
    # Each log-in, a sign-up's first one too, begins a session of its own.
    sessions = UserSession.objects.filter(session_key=request.session.session_key)
    return bool(sessions.filter(user_id=request.user.pk, created_at__gt=since).exists())


def asks_who(view: View) -> View:
    """Let a view's POST wait for a confirmation, after which it goes on with what was typed."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            ask(request)
        return view(request, *args, **kwargs)

    return asking


def ask(request: HttpRequest) -> None:
    """Lead to the page that asks; raises what allauth's middleware turns into the way there."""
    if not is_recent(request):
        raise ReauthenticationRequired


def require_recent(request: Request) -> None:
    """Refuse the API what its pages would ask for; a token proves itself. Raises ApiError 403."""
    by_session = isinstance(request.successful_authenticator, SessionAuthentication)
    if by_session and not is_recent(request._request):
        message = "Confirm that it is you at /accounts/reauthenticate/, or send a token."
        raise ApiError(403, "confirm_first", message)
