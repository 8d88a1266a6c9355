"""What is over by age is deleted, and nothing that still opens a door."""

from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Client, Token
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import OAuthGrant, SpentRefreshToken
from accounts.tasks import forget_expired
from accounts.tests.cast import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    """Somebody."""
    return person("owner@example.com")


def test_an_ended_session_goes_with_the_address_of_its_browser(owner):
    """A live one stays, and so does one that is just being made."""
    now = timezone.now()
    ages = {"live": 1, "over": -1, "unsaved": None, "ended": None}
    for key, days in ages.items():
        if days:
            expiry = now + timedelta(days=days)
            Session.objects.create(session_key=key, session_data="", expire_date=expiry)
        seen = now if key == "unsaved" else now - timedelta(days=1)
        UserSession.objects.create(
            user=owner, session_key=key, ip="203.0.113.7", user_agent="x", last_seen_at=seen
        )
    assert forget_expired() == 3
    assert {one.session_key for one in UserSession.objects.all()} == {"live", "unsaved"}
    assert {one.session_key for one in Session.objects.all()} == {"live"}


def test_expired_tokens_of_apps_go(owner):
    """A token that was traded is remembered for as long as it could be presented."""
    client = Client.objects.create(id="app", name="App")
    now = timezone.now()
    for name, hours in (("old", -1), ("new", 1)):
        kind, expiry = Token.Type.ACCESS_TOKEN, now + timedelta(hours=hours)
        Token.objects.create(client=client, user=owner, type=kind, hash=name, expires_at=expiry)
    grant = OAuthGrant.objects.create(
        user=owner, client=client, scopes=[], project_ids=[], code_hash="c"
    )
    for name, days in (("recent", 29), ("ancient", 31)):
        spent = now - timedelta(days=days)
        SpentRefreshToken.objects.create(grant=grant, token_hash=name, spent_at=spent)
    assert forget_expired() == 2
    assert [one.hash for one in Token.objects.all()] == ["new"]
    assert [one.token_hash for one in SpentRefreshToken.objects.all()] == ["recent"]
    assert forget_expired() == 0
