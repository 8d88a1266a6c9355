"""Guessing: a limit that many requests at once do not get around."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.doors.conftest import (
    PASSWORD,
    is_in,
    log_in,
    mailed_code,
    new_address,
    new_client,
    new_person,
)

pytestmark = pytest.mark.django_db(transaction=True)
TRIES = 50


@pytest.fixture
def looked_up(monkeypatch):
    """How often a password was compared, for anybody."""
    found = Counter()
    compare = User.check_password

    def counted(person, password):
        found[person.email] += 1
        return compare(person, password)

    monkeypatch.setattr(User, "check_password", counted)
    return found


def at_once(request):
    """Make a request fifty times at the same time, numbered; the answers."""

    def one(number):
        try:
            return request(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TRIES) as pool:
        return list(pool.map(one, range(TRIES)))


def test_fifty_passwords_at_once_from_fifty_networks_compare_five(looked_up):
    """Then even the right one does not get in, until five minutes are over."""
    owner = new_person("owner")
    answers = at_once(lambda number: log_in(new_client(), owner, f"guess {number}"))
    refused = sum("Too many tries" in one.content.decode() for one in answers)
    assert looked_up[owner.email] <= 5
    assert refused >= TRIES - 5
    browser = new_client()
    assert "Too many tries" in log_in(browser, owner).content.decode()
    assert not is_in(browser)


def test_an_address_without_an_account_is_locked_alike():
    """So that the lock tells nothing."""
    form = {"login": new_address(), "password": "wrong"}
    answers = at_once(lambda _: new_client().post(reverse("account_login"), form))
    assert sum("Too many tries" in one.content.decode() for one in answers) >= TRIES - 5


def test_fifty_tries_over_many_accounts_from_one_network_compare_ten(looked_up):
    """Spraying one password over many addresses is stopped by network."""
    people = [new_person("owner") for _ in range(15)]
    network = new_client().defaults
    at_once(lambda number: log_in(Client(**network), people[number % 15], "password123"))
    assert sum(looked_up.values()) <= 10


def test_another_host_header_is_no_new_try(settings, looked_up):
    """The count goes by account, not by how the service was called."""
    settings.ALLOWED_HOSTS = [".example.com"]
    owner = new_person("owner")
    for number in range(12):
        log_in(new_client(headers={"host": f"w{number}.example.com"}), owner, "wrong")
    assert looked_up[owner.email] <= 5


def test_a_right_password_does_not_open_new_tries_for_wrong_ones(looked_up):
    """A success takes back its own try only."""
    owner = new_person("owner")
    for _ in range(4):
        log_in(new_client(), owner, "wrong")
    log_in(new_client(), owner)
    for _ in range(4):
        log_in(new_client(), owner, "wrong")
    assert looked_up[owner.email] == 6


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ("account_request_login_code", "account_confirm_login_code"),
        ("account_reset_password", "account_confirm_password_reset_code"),
        ("account_signup", "account_email_verification_sent"),
    ],
)
def test_fifty_codes_at_once_compare_three(monkeypatch, ask, answer):
    """All read the same session, whose own count they would overtake."""
    from allauth.account import forms

    compared = []
    compare = forms.compare_user_code
    monkeypatch.setattr(
        forms, "compare_user_code", lambda **pair: compared.append(pair) or compare(**pair)
    )
    address = new_address() if ask == "account_signup" else new_person("owner").email
    browser = new_client()
    browser.post(reverse(ask), {"email": address, "password1": PASSWORD})
    code, cookie = mailed_code(address), browser.cookies["sessionid"].value

    def guess(number):
        one = new_client()
        one.cookies["sessionid"] = cookie
        return one.post(reverse(answer), {"code": f"BCDF-{number:04}"})

    at_once(guess)
    assert 1 <= len(compared) <= 3
    browser.post(reverse(answer), {"code": code})
    assert not is_in(browser)
    assert ask != "account_signup" or not EmailAddress.objects.filter(verified=True).exists()


def test_fifty_second_factors_at_once_compare_five(monkeypatch):
    """By account, whoever knows the password."""
    compared = []
    monkeypatch.setattr(TOTP, "validate_code", lambda self, code: compared.append(code))
    owner = new_person("owner")
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    browser = new_client()
    log_in(browser, owner)
    cookie = browser.cookies["sessionid"].value

    def guess(number):
        one = new_client()
        one.cookies["sessionid"] = cookie
        return one.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})

    at_once(guess)
    assert 1 <= len(compared) <= 5


def test_fifty_sign_ups_at_once_from_one_network_make_twenty():
    """Nobody fills the service with accounts in a minute."""
    network = new_client().defaults

    def sign_up(_):
        form = {"email": new_address(), "password1": PASSWORD}
        # SQLite in memory, where tests are, does not wait for a table that another writes.
        browser = Client(raise_request_exception=False, **network)
        return browser.post(reverse("account_signup"), form).status_code

    assert Counter(at_once(sign_up))[429] >= TRIES - 20
    assert User.objects.count() <= 20
