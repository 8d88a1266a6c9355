"""A new person, from the form to their first page."""

import pytest
from django.core import mail
from django.urls import reverse

from accounts import adapter
from accounts.models import Membership, Role, User
from accounts.services import create_person_organization
from accounts.tests.doors.conftest import PASSWORD, is_in, mailed_code, new_address

pytestmark = pytest.mark.django_db


def sign_up(client, address, password=PASSWORD, **more):
    """Send the form; the answer."""
    form = {"email": address, "password1": password} | more
    return client.post(reverse("account_signup"), form)


def confirm(client, code):
    """Type a code."""
    return client.post(reverse("account_email_verification_sent"), {"code": code})


def test_the_code_from_the_mail_lets_a_new_person_in(client):
    """As the owner of an organization of their own, with an Argon2 hash for a password."""
    address = new_address()
    assert sign_up(client, address).url == reverse("account_email_verification_sent")
    assert confirm(client, mailed_code(address)).url == reverse("projects:list")
    assert is_in(client)
    person = User.objects.get(email=address)
    assert person.password.startswith("argon2")
    assert Membership.objects.get(user=person).role == Role.OWNER


@pytest.mark.parametrize(
    ("local", "name"),
    [
        ("ann", "ann's organization"),
        ('"www.win.example"', "My organization"),
        ('"https://win.example"', "My organization"),
        ('"Win\x07now"', "My organization"),
    ],
)
def test_an_address_is_no_message_in_a_name(db, local, name):
    """Names go out in invitations; an address can be made to say something there."""
    person = User.objects.create_user(f"{local}@example.com")
    assert create_person_organization(person=person).name == name


def test_nobody_is_in_before_their_address_is_confirmed(client):
    """Neither by the new session nor by the new password."""
    address = new_address()
    sign_up(client, address)
    assert not is_in(client)
    answer = client.post(reverse("account_login"), {"login": address, "password": PASSWORD})
    assert answer.status_code in (200, 302)
    assert not is_in(client)


def test_a_code_works_however_it_is_typed(client):
    """Small letters, no dash, spaces around."""
    address = new_address()
    sign_up(client, address)
    typed = f" {mailed_code(address).replace('-', '').lower()} "
    assert confirm(client, typed).status_code == 302
    assert is_in(client)


def test_a_wrong_code_says_so_and_the_third_ends_it(client):
    """Then even the right one is of no use."""
    address = new_address()
    sign_up(client, address)
    code = mailed_code(address)
    for _ in range(2):
        assert "not the code that we sent" in confirm(client, "BCDF-GHJK").content.decode()
    assert confirm(client, "BCDF-GHJK").url == reverse("account_login")
    confirm(client, code)
    assert not is_in(client)


def test_a_new_code_can_be_sent_and_ends_the_old_one(client, settings):
    """For a mail that was lost."""
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "9/m/key"}
    address = new_address()
    sign_up(client, address)
    old = mailed_code(address)
    client.post(reverse("account_email_verification_sent"), {"action": "resend"})
    assert mailed_code(address) != old
    assert confirm(client, old).status_code == 200
    confirm(client, mailed_code(address))
    assert is_in(client)


@pytest.mark.parametrize(
    ("address", "password", "said"),
    [
        ("nonsense", PASSWORD, "Enter a valid email address."),
        ("", PASSWORD, "This field is required."),
        ("new@example.com", "short", "This password is too short."),
        ("new@example.com", "password123", "This password is too common."),
        ("longenough@example.com", "longenough@example", "too similar to the e-mail address"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_is_kept(
    client, address, password, said
):
    """And nobody is made, and no mail is sent."""
    answer = sign_up(client, address, password)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert f'value="{address}"' in page or not address
    assert not User.objects.exists() and not mail.outbox


def test_a_person_without_an_organization_is_not_left_behind(client, monkeypatch):
    """What fails half way leaves nothing."""

    def fail(**_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(adapter, "create_person_organization", fail)
    with pytest.raises(RuntimeError):
        sign_up(client, new_address())
    assert not User.objects.exists()


def test_development_shows_the_mail_on_the_page_and_production_does_not(client, settings):
    """So that a new user of `make up` needs no mail server."""
    sign_up(client, new_address())
    page = reverse("account_email_verification_sent")
    assert b"Development only" not in client.get(page).content
    settings.MAIL_IS_SHOWN = True
    client.post(reverse("account_logout"))
    address = new_address()
    sign_up(client, address)
    shown = client.get(page).content.decode()
    assert "Development only" in shown and mailed_code(address) in shown
