"""From a password to an access token, and everything that ends it."""

import threading

import pytest
from allauth.headless.tokens.strategies.jwt import internal
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from accounts.jwt import services

PASSWORD = "a long enough passphrase"
LOGIN = "/_allauth/app/v1/auth/login"
REFRESH = "/_allauth/app/v1/tokens/refresh"
SESSION = "/_allauth/app/v1/auth/session"


@pytest.fixture
def owner(cast):
    """A person with a password."""
    cache.clear()
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    return cast.owner


@pytest.fixture
def url(cast):
    """An endpoint that asks who is there and what they may."""
    return f"/api/v1/organizations/{cast.organization.public_id}/tokens"


def log_in(person, password=PASSWORD):
    """Ask for tokens without any cookie."""
    body = {"email": person.email, "password": password}
    return Client().post(LOGIN, body, "application/json")


def refresh(token):
    """Trade a refresh token."""
    return Client().post(REFRESH, {"refresh_token": token}, "application/json")


def status(url, access):
    """What the API answers to an access token."""
    return Client().get(url, headers={"authorization": f"Bearer {access}"}).status_code


def test_a_password_becomes_tokens_that_act_as_the_person(owner, url):
    """With all that their role allows; no cookie is set."""
    answer = log_in(owner)
    assert answer.status_code == 200, answer.content
    meta = answer.json()["meta"]
    assert meta["expires_in"] == 600
    assert answer.json()["data"]["user"]["id"] == owner.public_id
    assert status(url, meta["access_token"]) == 200
    assert not answer.cookies


def test_a_wrong_password_gives_no_token(owner):
    """And says no more."""
    answer = log_in(owner, "another passphrase")
    assert answer.status_code == 400
    assert "token" not in answer.content.decode().replace("session_token", "")


def test_a_refresh_token_is_good_once(owner, url):
    """Each trade gives the next one."""
    first = log_in(owner).json()["meta"]
    second = refresh(first["refresh_token"]).json()["data"]
    assert second["refresh_token"] != first["refresh_token"]
    assert status(url, second["access_token"]) == 200
    assert refresh(second["refresh_token"]).status_code == 200


def test_a_second_use_ends_the_whole_session(owner, url, caplog):
    """For whoever holds the newer tokens, too; no token is written to the log."""
    first = log_in(owner).json()["meta"]
    second = refresh(first["refresh_token"]).json()["data"]
    assert refresh(first["refresh_token"]).status_code == 400
    assert status(url, first["access_token"]) == 401
    assert status(url, second["access_token"]) == 401
    assert refresh(second["refresh_token"]).status_code == 400
    assert "used twice" in caplog.text and first["refresh_token"] not in caplog.text


def test_the_reuse_of_one_session_leaves_the_others(owner, url):
    """Another device stays logged in."""
    other = log_in(owner).json()["meta"]
    stolen = log_in(owner).json()["meta"]["refresh_token"]
    assert [refresh(stolen).status_code, refresh(stolen).status_code] == [200, 400]
    assert status(url, other["access_token"]) == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_trades_one_wins_and_the_session_ends(owner, url):
    """No two of them are ever given tokens that live on."""
    token = log_in(owner).json()["meta"]["refresh_token"]
    start, given = threading.Barrier(8), []

    def trade():
        start.wait()
        try:
            given.append(services.refresh(text=token))
        except OperationalError:
            given.append(None)  # SQLite in memory lets nobody wait for a table
        finally:
            connection.close()

    threads = [threading.Thread(target=trade) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 8
    won = [pair for pair in given if pair]
    assert len(won) == 1 or (not won and connection.vendor == "sqlite")
    assert services.refresh(text=token) is None or not won
    for access, renewed in won:
        assert status(url, access) == 401
        assert refresh(renewed).status_code == 400


def test_logging_out_ends_the_tokens(owner, url):
    """At once, whatever time they had left."""
    meta = log_in(owner).json()["meta"]
    headers = {"authorization": f"Bearer {meta['access_token']}"}
    assert Client().get(SESSION, headers=headers).status_code == 200
    assert Client().delete(SESSION, headers=headers).status_code == 401
    assert status(url, meta["access_token"]) == 401
    assert refresh(meta["refresh_token"]).status_code == 400


def test_a_changed_password_ends_the_tokens(owner, url):
    """Those of the thief with it."""
    meta = log_in(owner).json()["meta"]
    owner.set_password("quite another passphrase")
    owner.save()
    assert status(url, meta["access_token"]) == 401
    assert refresh(meta["refresh_token"]).status_code == 400


def test_a_deactivated_person_has_no_tokens(owner, url):
    """At once."""
    meta = log_in(owner).json()["meta"]
    owner.is_active = False
    owner.save()
    assert status(url, meta["access_token"]) == 401
    assert refresh(meta["refresh_token"]).status_code == 400
    assert log_in(owner).status_code in (400, 401)


def test_an_access_token_is_no_session_and_names_none(owner):
    """The session's key stands in it encrypted, so that it is no cookie in another's hands."""
    meta = log_in(owner).json()["meta"]
    key = Session.objects.latest("expire_date").session_key
    claims = meta["access_token"].split(".")[1]
    assert key not in meta["access_token"] and key.encode().hex() not in claims
    browser = Client()
    browser.cookies["sessionid"] = meta["access_token"]
    assert browser.get("/projects/").status_code == 302
    payload = services.claims.read(meta["access_token"], "access")
    assert internal.session_key_from_sid(payload["sid"]) == key


def test_a_cookie_alone_does_not_open_the_log_in_of_clients(cast):
    """It works by token only, so no page of another site can make a browser use it."""
    assert cast.client("owner").get(SESSION).status_code == 401
