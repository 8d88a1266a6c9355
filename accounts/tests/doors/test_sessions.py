"""When a session dies."""

import pytest
from django.urls import reverse

from accounts.services import end_sessions
from accounts.tests.doors.conftest import PASSWORD, is_in, log_in, mailed_code, new_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def browsers(owner):
    """Two browsers in which the owner is logged in."""
    found = (new_client(), new_client())
    for browser in found:
        log_in(browser, owner)
        assert is_in(browser)
    return found


def test_logging_out_kills_the_session_itself(browsers):
    """A copy of its cookie is worth nothing; other sessions go on."""
    first, second = browsers
    copy = new_client()
    copy.cookies["sessionid"] = first.cookies["sessionid"].value
    assert is_in(copy)
    first.post(reverse("account_logout"))
    assert not is_in(first) and not is_in(copy)
    assert is_in(second)


def test_logging_out_needs_a_button(browsers):
    """A picture on a foreign page cannot do it."""
    browsers[0].get(reverse("account_logout"))
    assert is_in(browsers[0])


def test_a_new_password_kills_every_other_session(browsers):
    """The one that set it goes on."""
    form = {"oldpassword": PASSWORD} | dict.fromkeys(("password1", "password2"), "another one 123")
    browsers[0].post(reverse("account_change_password"), form)
    assert is_in(browsers[0]) and not is_in(browsers[1])


def test_a_password_set_by_a_code_kills_every_session(browsers, owner):
    """Whoever was in with the old one is out."""
    stranger = new_client()
    stranger.post(reverse("account_reset_password"), {"email": owner.email})
    code = {"code": mailed_code(owner.email)}
    stranger.post(reverse("account_confirm_password_reset_code"), code)
    form = dict.fromkeys(("password1", "password2"), "another one 123")
    stranger.post(reverse("account_complete_password_reset"), form)
    assert not any(is_in(browser) for browser in browsers)


def test_an_account_that_is_closed_has_no_sessions(browsers, owner):
    """From the next request on."""
    owner.is_active = False
    owner.save()
    assert not any(is_in(browser) for browser in browsers)


def test_a_person_can_be_logged_out_everywhere(browsers, owner):
    """By an operator, or when they are deleted."""
    end_sessions(person=owner)
    assert not any(is_in(browser) for browser in browsers)


def test_logging_in_changes_the_session_key(client, owner):
    """A key that somebody planted before is worth nothing after."""
    client.post(reverse("account_request_login_code"), {"email": owner.email})
    planted = client.cookies["sessionid"].value
    client.post(reverse("account_confirm_login_code"), {"code": mailed_code(owner.email)})
    assert is_in(client)
    assert client.cookies["sessionid"].value != planted
