"""Operators register apps in the admin, and only such as can be let in."""

import re

import pytest
from allauth.idp.oidc.models import Client
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth.tests.third_party import AUTHORIZE, REVOKE, TOKEN

ADD = "/admin/allauth_idp_oidc/client/add/"
FORM = {
    "name": "Weekly",
    "type": "confidential",
    "scopes": "openid\nstats:read",
    "redirect_uris": "https://app.example/callback",
    "cors_origins": "",
}


@pytest.fixture
def operator(db):
    """A browser of an operator, with a second factor where the admin asks for one."""
    from accounts.tests.cast import second_factor

    person = User.objects.create_superuser("operator@example.com")
    second_factor(person)
    browser = Browser()
    browser.force_login(person)
    return browser


def test_the_secret_of_an_app_is_shown_once(operator):
    """It has the code flow, whatever the defaults of allauth are."""
    page = operator.post(ADD, FORM, follow=True).content.decode()
    app = Client.objects.get()
    assert app.get_grant_types() == ["authorization_code", "refresh_token"]
    shown = re.search(r"shown this once: ([^<]+)<", page).group(1)
    from html import unescape

    assert app.check_secret(unescape(shown).strip())
    again = operator.get(f"/admin/allauth_idp_oidc/client/{app.pk}/change/").content.decode()
    assert shown not in again and app.secret not in again


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scopes": "team:write"}, "There is no scope team:write."),
        ({"redirect_uris": "http://app.example/"}, "redirect_uris are https://"),
        ({"redirect_uris": ""}, "Enter at least one address."),
    ],
)
def test_an_app_that_cannot_be_let_in_is_refused(operator, changes, message):
    """Beside its field."""
    assert message in operator.post(ADD, FORM | changes).content.decode()
    assert not Client.objects.exists()


@pytest.mark.parametrize("path", [AUTHORIZE, TOKEN, REVOKE])
def test_no_parameter_makes_the_provider_fail(db, path):
    """A NUL is a text that PostgreSQL cannot look for."""
    for name in ("client_id", "token", "code", "refresh_token", "grant_type", "redirect_uri"):
        asked = {"grant_type": "refresh_token", name: "a\0b"}
        answer = Browser().get(path, asked) if path == AUTHORIZE else Browser().post(path, asked)
        assert answer.status_code == 400


def test_no_id_makes_a_page_fail(cast):
    """404, as for one that is not there."""
    base = f"/api/v1/organizations/{cast.organization.public_id}/tokens"
    owner = cast.client("owner")
    assert owner.get(f"{base}/t_%00bcdefghijkl").status_code == 404
    assert owner.get("/api/v1/organizations/o_%00/tokens").status_code == 404
    assert owner.post("/accounts/apps/c_%00/revoke/").status_code == 404
