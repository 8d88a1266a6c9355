"""Somebody signs up with an address that is not theirs, and waits for its owner."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from accounts.models import User
from accounts.tests.doors.conftest import (
    PASSWORD,
    is_in,
    log_in,
    mailed_code,
    new_address,
    new_client,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def planted():
    """An account with somebody else's password and provider, and the browser that made it."""
    attacker, address = new_client(), new_address("victim")
    attacker.post(reverse("account_signup"), {"email": address, "password1": PASSWORD})
    person = User.objects.get(email=address)
    SocialAccount.objects.create(user=person, provider="github", uid="1")
    return attacker, person


def come_by_code(person, ask, answer):
    """Its owner asks for a code and types it; their browser."""
    browser = new_client()
    browser.post(reverse(ask), {"email": person.email})
    browser.post(reverse(answer), {"code": mailed_code(person.email)})
    assert EmailAddress.objects.get(user=person).verified
    return browser


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ("account_request_login_code", "account_confirm_login_code"),
        ("account_reset_password", "account_confirm_password_reset_code"),
    ],
)
def test_what_was_planted_does_not_let_in(planted, ask, answer):
    """Neither the password, nor the provider, nor the browser that waits for its code."""
    attacker, person = planted
    come_by_code(person, ask, answer)
    attacker.get(reverse("account_email_verification_sent"))
    assert not is_in(attacker)
    log_in(attacker, person)
    assert not is_in(attacker)
    assert not SocialAccount.objects.filter(user=person).exists()


def test_the_owner_is_in_and_told(planted):
    """They can choose a password of their own."""
    browser = come_by_code(planted[1], "account_request_login_code", "account_confirm_login_code")
    page = browser.get(reverse("projects:list"))
    assert page.status_code == 200 and "no longer lets in" in page.content.decode()


def test_a_code_takes_nothing_from_a_proven_account(owner):
    """Whoever has confirmed their address keeps their password."""
    come_by_code(owner, "account_request_login_code", "account_confirm_login_code")
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
