"""Forgets what is over by age: sessions, what is known of their browsers, tokens of apps."""

from datetime import timedelta

from allauth.idp.oidc import app_settings
from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import SpentRefreshToken

# A session is listed a moment before or after it is stored.
SETTLED = timedelta(hours=1)


def forget_expired() -> int:
    """Delete what can open nothing any more; return how many rows."""
    now = timezone.now()
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    traded = now - timedelta(seconds=app_settings.REFRESH_TOKEN_EXPIRES_IN)
    over = (
        # Each holds a person's address and browser.
        UserSession.objects.filter(~Exists(alive), last_seen_at__lt=now - SETTLED),
        Session.objects.filter(expire_date__lt=now),
        Token.objects.expired(),
        SpentRefreshToken.objects.filter(spent_at__lte=traded),
    )
    return sum(rows.delete()[0] for rows in over)
