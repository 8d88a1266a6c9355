"""While the cache Redis is away: what goes on, and what is told to wait."""

import pytest
from django.urls import reverse

from accounts.tests.doors.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_cache(settings, tmp_path):
    """A cache at an address where nobody answers."""
    nowhere = {"LOCATION": f"unix://{tmp_path}/nobody.sock"}
    settings.CACHES = {"default": settings.CACHES["default"] | nowhere}


def test_whoever_is_logged_in_goes_on_working(cast, no_cache):
    """Pages and API; a log-out holds."""
    browser = cast.client("owner")
    for page in ("projects:list", "organizations:list", "account_overview"):
        assert browser.get(reverse(page)).status_code == 200
    assert browser.get("/api/v1/organizations").status_code == 200
    assert browser.post(reverse("account_logout")).status_code == 302
    assert browser.get("/api/v1/organizations").status_code == 401


def test_a_log_in_is_told_to_wait(client, cast, no_cache):
    """Without the cache nobody could count how often a password was tried."""
    form = {"login": "owner@example.com", "password": PASSWORD}
    answer = client.post(reverse("account_login"), form)
    assert (answer.status_code, answer["retry-after"]) == (503, "10")
    assert "try again in a minute" in answer.content.decode()


def test_a_program_gets_the_error_shape(client, no_cache):
    """Not a page that it cannot read."""
    body = {"email": "owner@example.com", "password": PASSWORD}
    address = "/_allauth/app/v1/auth/login"
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "unavailable"


@pytest.mark.parametrize("path", ["/api/", "/api/v1/nothing", "/api/v1/projects/", "/api/v9/query"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_of_the_api_answers_in_its_shape(client, path, method):
    """Also for what changes things, and without a token."""
    answer = getattr(client, method)(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "code": "not_found",
        "message": "There is nothing here that you can see.",
        "field": None,
    }


def test_an_unknown_page_is_a_page(client):
    """For people."""
    assert "<h1>" in client.get("/nothing/").content.decode()


def test_what_breaks_in_the_api_says_so_in_its_shape(client, cast, monkeypatch):
    """And tells nothing of the inside."""
    from accounts.organizations import api

    monkeypatch.setattr(api, "paginate", None)
    browser = cast.client("owner")
    browser.raise_request_exception = False
    answer = browser.get("/api/v1/organizations")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "broken"
