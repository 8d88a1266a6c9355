"""No page tells whether an address has an account: whole answers are compared."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.tests.doors.conftest import (
    PASSWORD,
    log_in,
    new_address,
    new_client,
    new_person,
)

pytestmark = pytest.mark.django_db

FORMS = {
    "log in": ("account_login", {"login": None, "password": "a wrong password"}),
    "sign up": ("account_signup", {"email": None, "password1": PASSWORD}),
    "reset": ("account_reset_password", {"email": None}),
    "code": ("account_request_login_code", {"email": None}),
}
CONFIRM = {
    "sign up": "account_email_verification_sent",
    "reset": "account_confirm_password_reset_code",
    "code": "account_confirm_login_code",
}


def told(answer, address):
    """All that a browser gets, without what differs for everybody: tokens, times and itself."""
    body = answer.content.decode().replace(address, "ADDRESS")
    body = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', r"\1", body)
    headers = {k.lower(): v for k, v in answer.headers.items()} | {"content-length": ""}
    headers = {name: value.replace(address, "ADDRESS") for name, value in headers.items()}
    cookies = {
        name: {key: value for key, value in one.items() if key != "expires"}
        for name, one in answer.cookies.items()
    }
    headers.pop("expires", None)
    return answer.status_code, body, headers, cookies


def conversation(form, address, wrong_codes=4):
    """What somebody sees who sends a form and then guesses codes."""
    client = new_client()
    name, fields = FORMS[form]
    filled = {key: address if value is None else value for key, value in fields.items()}
    seen = [told(client.post(reverse(name), filled), address)]
    if form in CONFIRM:
        page = reverse(CONFIRM[form])
        seen.append(told(client.get(page), address))
        for _ in range(wrong_codes):
            seen.append(told(client.post(page, {"code": "BCDF-GHJK"}), address))
        seen.append(told(client.get(page), address))
    seen.append(told(client.get(reverse("account_login")), address))
    return seen


@pytest.mark.parametrize("form", FORMS)
def test_a_known_address_is_answered_like_an_unknown_one(form):
    """Status, body, headers and cookies, up to the end of the guesses."""
    known, unknown = new_person("known").email, new_address("known")
    assert conversation(form, known) == conversation(form, unknown)


@pytest.mark.parametrize("form", FORMS)
def test_an_unconfirmed_and_a_closed_account_are_answered_alike_too(form):
    """Neither is told apart from none."""
    unconfirmed, closed, unknown = (new_address("known") for _ in range(3))
    new_client().post(reverse("account_signup"), {"email": unconfirmed, "password1": PASSWORD})
    person = new_person("closed")
    person.is_active, person.email = False, closed
    person.save()
    person.emailaddress_set.update(email=closed)
    heard = [conversation(form, address) for address in (unconfirmed, closed, unknown)]
    assert heard[1] == heard[2]
    if form != "sign up":
        assert heard[0] == heard[2]


@pytest.mark.parametrize("form", ["sign up", "reset", "code"])
def test_the_mailbox_alone_hears_the_difference(form):
    """One mail each, and only the owner of the address reads it."""
    known, unknown = new_person("known").email, new_address("known")
    for address in (known, unknown):
        conversation(form, address, 0)
        assert len([one for one in mail.outbox if one.to == [address]]) == 1


@pytest.mark.parametrize("form", ["sign up", "reset", "code"])
def test_asking_again_and_again_is_answered_alike(form):
    """Limits count addresses, not accounts."""
    known, unknown = new_person("known").email, new_address("known")
    heard = []
    for address in (known, unknown):
        heard.append([conversation(form, address, 0)[0] for _ in range(7)])
    assert heard[0] == heard[1]


def test_sending_the_code_again_is_answered_alike(settings):
    """Also where there is no code to send."""
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "9/m/key"}
    heard = []
    for form in ("sign up", "code"):
        for address in (new_person("known").email, new_address("known")):
            client = new_client()
            name, fields = FORMS[form]
            client.post(reverse(name), {key: value or address for key, value in fields.items()})
            page = reverse(CONFIRM[form])
            again = [client.post(page, {"action": "resend"}) for _ in range(4)]
            heard.append([told(one, address) for one in [*again, client.get(page)]])
    assert heard[0] == heard[1]
    assert heard[2] == heard[3]


def test_changing_to_somebody_elses_address_is_answered_alike(stranger):
    """Who is in cannot ask either."""
    heard = []
    for address in (stranger.email, new_address("stranger")):
        client, person = new_client(), new_person("owner")
        log_in(client, person)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        form = {"email": address, "action_add": ""}
        page = reverse("account_email_verification_sent")
        answers = [client.post(reverse("account_email"), form), client.get(page)]
        answers += [client.post(page, {"code": "BCDF-GHJK"}) for _ in range(3)]
        seen = [told(one, address) for one in answers]
        heard.append([(one[0], one[1].replace(person.email, "ME"), *one[2:]) for one in seen])
    assert heard[0] == heard[1]
