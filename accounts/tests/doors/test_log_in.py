"""The ways in that need no real browser: password, codes, app, recovery code, new password."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.urls import reverse

from accounts.tests.doors.conftest import (
    PASSWORD,
    is_in,
    log_in,
    mailed_code,
    new_address,
    new_client,
)

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def app_code():
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_the_right_password_lets_in_and_a_wrong_one_says_so(client, owner):
    """What was typed as the address is kept."""
    page = log_in(client, owner, "wrong").content.decode()
    assert "The address or the password is not correct." in page
    assert f'value="{owner.email}"' in page
    assert log_in(client, owner).url == reverse("projects:list")


def test_a_code_lets_in_without_a_password(client, owner):
    """It is mailed, and typed where it was asked for."""
    client.post(reverse("account_request_login_code"), {"email": owner.email})
    client.post(reverse("account_confirm_login_code"), {"code": mailed_code(owner.email)})
    assert is_in(client)


def test_a_code_is_of_no_use_in_another_browser(client, owner):
    """Somebody who asks for a code cannot use one that another reads out."""
    client.post(reverse("account_request_login_code"), {"email": owner.email})
    other = new_client()
    other.post(reverse("account_request_login_code"), {"email": new_address()})
    other.post(reverse("account_confirm_login_code"), {"code": mailed_code(owner.email)})
    assert not is_in(other)


@pytest.mark.parametrize("empty", ["-", " - ", ".", "\u2014"])
def test_no_code_is_not_a_code(client, owner, empty):
    """Where no account is, there is no code to meet."""
    for ask, answer in [
        ("account_request_login_code", "account_confirm_login_code"),
        ("account_reset_password", "account_confirm_password_reset_code"),
    ]:
        client.post(reverse(ask), {"email": new_address()})
        assert client.post(reverse(answer), {"code": empty}).status_code == 200
        assert not is_in(client)


def test_an_app_is_asked_after_the_password(client, owner):
    """And only its code lets in."""
    TOTP.activate(owner, SECRET)
    assert log_in(client, owner).url == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": app_code()})
    assert is_in(client)


def test_an_app_is_asked_after_a_mailed_code_too(client, owner):
    """A mailbox is one factor."""
    TOTP.activate(owner, SECRET)
    client.post(reverse("account_request_login_code"), {"email": owner.email})
    answer = client.post(reverse("account_confirm_login_code"), {"code": mailed_code(owner.email)})
    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_a_recovery_code_works_once(client, owner):
    """In place of the app."""
    TOTP.activate(owner, SECRET)
    code = RecoveryCodes.activate(owner).get_unused_codes()[0]
    log_in(client, owner)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(client)
    other = new_client()
    log_in(other, owner)
    other.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(other)


def test_adding_an_app_gives_recovery_codes_and_a_notice(
    client, owner, django_capture_on_commit_callbacks
):
    """The page shows the secret as text too."""
    log_in(client, owner)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("mfa_view_recovery_codes")
    assert "10 of 10 are left" in answer.content.decode()
    kinds = set(Authenticator.objects.filter(user=owner).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    subjects = [one.subject for one in mail.outbox]
    assert "An authenticator app guards your Daysalt account" in subjects


def test_a_forgotten_password_is_replaced_by_a_code(client, owner):
    """The old one no longer works, and a notice is mailed."""
    client.post(reverse("account_reset_password"), {"email": owner.email})
    code = mailed_code(owner.email)
    client.post(reverse("account_confirm_password_reset_code"), {"code": code})
    form = {"password1": "another long passphrase", "password2": "another long passphrase"}
    answer = client.post(reverse("account_complete_password_reset"), form)
    assert answer.url == reverse("account_password_reset_completed")
    assert not is_in(client)
    log_in(client, owner)
    assert not is_in(client)
    log_in(client, owner, "another long passphrase")
    assert is_in(client)
    assert "password was changed" in mail.outbox[-1].subject


def test_a_closed_account_is_told_so_only_with_the_right_password(client, owner):
    """A wrong one gets the answer that everybody gets."""
    owner.is_active = False
    owner.save()
    assert "not correct" in log_in(client, owner, "wrong").content.decode()
    assert log_in(client, owner).url == reverse("account_inactive")


def test_the_admin_has_no_door_of_its_own(client, owner):
    """Its form would know neither lock-out nor second factor."""
    answer = client.get(reverse("admin:login"))
    assert answer.status_code == 302 and answer.url.startswith(reverse("account_login"))
    form = {"username": owner.email, "password": PASSWORD}
    client.post(reverse("admin:login"), form)
    assert not is_in(client)
