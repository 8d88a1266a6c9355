"""The page of connected apps, discovery, and registration."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from accounts.models import OAuthGrant
from accounts.oauth.adapter import OAuthAdapter, require_safe_redirect
from accounts.oauth.tests.third_party import api, tokens_of
from accounts.principal import Principal
from accounts.tokens.services import create_token
from analytics_saas.env import env

APPS = "/accounts/apps/"


def test_a_person_sees_the_apps_they_let_in(cast, app, shop):
    """Their own only."""
    assert "You have not let any app in." in cast.client("editor").get(APPS).content.decode()
    tokens_of(cast.client("editor"), app, [shop])
    page = cast.client("editor").get(APPS).content.decode()
    assert "Weekly" in page and "Shop" in page and "Read numbers" in page
    assert "Weekly" not in cast.client("owner").get(APPS).content.decode()
    assert cast.client("anonymous").get(APPS).status_code == 302


def test_showing_an_app_out_ends_its_tokens(cast, app, shop):
    """At once."""
    issued = tokens_of(cast.client("editor"), app, [shop])
    grant = OAuthGrant.objects.get()
    answer = cast.client("editor").post(f"{APPS}{grant.public_id}/revoke/", follow=True)
    assert answer.redirect_chain == [(APPS, 302)]
    url = f"/api/v1/projects/{shop.public_id}/realtime"
    assert api(issued["access_token"], url).status_code == 401


@pytest.mark.parametrize("who", ["owner", "admin", "stranger"])
def test_nobody_else_can_show_it_out(cast, app, shop, who):
    """404, as for one that is not there."""
    tokens_of(cast.client("editor"), app, [shop])
    public_id = OAuthGrant.objects.get().public_id
    answers = [
        cast.client(who).post(f"{APPS}{one}/revoke/") for one in (public_id, "c_absentabsent")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert OAuthGrant.objects.exists()


@pytest.mark.parametrize("name", ["openid-configuration", "oauth-authorization-server"])
def test_the_provider_says_what_it_does(db, client, name):
    """The same under every host, and each address it names is there."""
    answer = client.get(f"/.well-known/{name}")
    data = answer.json()
    assert data["issuer"] == env.web_origin
    assert data["code_challenge_methods_supported"] == ["S256"]
    assert data["response_types_supported"] == ["code"]
    assert "registration_endpoint" not in data
    assert answer["Access-Control-Allow-Origin"] == "*"
    for key, address in data.items():
        if key.endswith("_endpoint") or key == "jwks_uri":
            path = address.removeprefix(env.web_origin)
            assert client.get(path).status_code != 404, key


def test_what_needs_no_person_is_not_there(client):
    """Neither device flow nor registration."""
    for path in ("device", "api/device/code", "api/introspect", "api/clients", "logout"):
        assert client.post(f"/identity/o/{path}").status_code == 404


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/", "ftp://app.example/", "javascript:alert(1)", "app.example", "",
        "https://app.example/#x", "https:///x", "http://127.0.0.1.elsewhere.example/",
    ],
)  # fmt: skip
def test_codes_are_not_sent_where_they_could_be_overheard(uri):
    """When an app registers itself."""
    with pytest.raises(ValidationError, match="redirect_uris are https"):
        require_safe_redirect(uri)


def test_an_app_registers_itself_only_within_what_is_offered(app):
    """Where an operator switched registration on."""

    def problem(**changes):
        for name, value in changes.items():
            setattr(app, name, value)
        try:
            OAuthAdapter().validate_client_registration(client=app, client_metadata={})
        except ValidationError as error:
            return error.messages[0]
        return None

    assert problem() is None
    assert problem(redirect_uris="http://127.0.0.1:7000/x") is None
    assert "scope team:write" in problem(scopes="openid\nteam:write")
    assert "grant_types" in problem(scopes="openid", grant_types="client_credentials")
    assert "response_types" in problem(grant_types="refresh_token", response_types="token")
    assert "client_name" in problem(name="")


def test_an_api_token_has_no_apps(cast, shop):
    """It is nobody's page."""
    _, text = create_token(
        organization=cast.organization, principal=Principal(), name="x", scopes=["stats:read"]
    )
    browser = Browser(headers={"authorization": f"Bearer {text}"})
    assert browser.get(APPS).status_code == 302
