"""The life of a grant: tokens that are good once, and every way in which it ends."""

import datetime
import threading

import pytest
import time_machine
from allauth.idp.oidc.models import Token
from django.db import OperationalError, connection
from django.test import Client as Browser

from accounts.models import OAuthGrant, Role, SpentRefreshToken
from accounts.oauth.tests.third_party import (
    REVOKE,
    api,
    consent,
    led_back,
    register,
    tokens_of,
    trade_code,
    trade_refresh,
)


@pytest.fixture
def issued(cast, app, shop):
    """Tokens of an editor for one project."""
    return tokens_of(cast.client("editor"), app, [shop])


@pytest.fixture
def status(shop):
    """What the API answers to a token; ClickHouse may be away."""

    def ask(token):
        answer = api(token, f"/api/v1/projects/{shop.public_id}/realtime")
        return 200 if answer.status_code == 503 else answer.status_code

    return ask


def test_a_refresh_token_is_good_once(app, issued, status):
    """Each trade gives the next one, and the old access token lives on until it is over."""
    renewed = trade_refresh(app, issued["refresh_token"]).json()
    assert renewed["refresh_token"] != issued["refresh_token"]
    assert status(renewed["access_token"]) == status(issued["access_token"]) == 200
    assert trade_refresh(app, renewed["refresh_token"]).status_code == 200
    assert OAuthGrant.objects.count() == 1


def test_a_second_use_ends_the_whole_family(app, issued, status, caplog):
    """For whoever holds the newer tokens, too."""
    renewed = trade_refresh(app, issued["refresh_token"]).json()
    answer = trade_refresh(app, issued["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert status(issued["access_token"]) == status(renewed["access_token"]) == 401
    assert trade_refresh(app, renewed["refresh_token"]).status_code == 400
    assert not OAuthGrant.objects.exists() and not Token.objects.exists()
    assert "used twice" in caplog.text and issued["refresh_token"] not in caplog.text


def test_a_code_that_comes_twice_ends_its_family(cast, app, shop, status):
    """Somebody overheard it."""
    code = led_back(consent(cast.client("editor"), app, [shop]))["code"]
    issued = trade_code(app, code).json()
    assert trade_code(app, code).json()["error"] == "invalid_grant"
    assert status(issued["access_token"]) == 401
    assert trade_refresh(app, issued["refresh_token"]).status_code == 400


def test_the_reuse_of_one_consent_leaves_the_others(cast, app, shop, issued, status):
    """Another device, or another app, goes on."""
    other = tokens_of(cast.client("editor"), app, [shop])
    for _ in range(2):
        trade_refresh(app, issued["refresh_token"])
    assert status(other["access_token"]) == 200
    assert trade_refresh(app, other["refresh_token"]).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["code", "refresh"])
def test_of_parallel_trades_at_most_one_wins_and_its_tokens_die(cast, app, shop, status, kind):
    """Eight at once."""
    code = led_back(consent(cast.client("editor"), app, [shop]))["code"]
    refresh = trade_code(app, code).json()["refresh_token"] if kind == "refresh" else ""
    start, given = threading.Barrier(8), []

    def trade():
        start.wait()
        try:
            one = trade_code(app, code) if kind == "code" else trade_refresh(app, refresh)
            given.append(one.json().get("access_token"))
        except OperationalError:
            pass  # SQLite in memory lets nobody wait for a table
        finally:
            connection.close()

    threads = [threading.Thread(target=trade) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [token for token in given if token]
    assert len(won) <= 1
    assert len(won) == 1 or connection.vendor == "sqlite"
    trade_code(app, code)
    for token in won:
        assert status(token) == 401


def test_a_token_is_over_after_an_hour_and_a_refresh_token_after_thirty_days(app, issued, status):
    """By the clock."""
    now = datetime.datetime.now(datetime.UTC)
    with time_machine.travel(now + datetime.timedelta(hours=1, seconds=1)):
        assert status(issued["access_token"]) == 401
    with time_machine.travel(now + datetime.timedelta(days=30, seconds=1)):
        assert trade_refresh(app, issued["refresh_token"]).status_code == 400


def test_rows_do_not_pile_up(app, issued):
    """What is over by age is gone at the next trade."""
    now = datetime.datetime.now(datetime.UTC)
    refresh = trade_refresh(app, issued["refresh_token"]).json()["refresh_token"]
    with time_machine.travel(now + datetime.timedelta(days=29)):
        refresh = trade_refresh(app, refresh).json()["refresh_token"]
        assert Token.objects.count() == 2
    with time_machine.travel(now + datetime.timedelta(days=58)):
        trade_refresh(app, refresh)
        assert SpentRefreshToken.objects.count() == 2


def test_an_app_ends_its_access_token_or_everything(app, issued, status):
    """A refresh token stands for all that came of the consent."""
    renewed = trade_refresh(app, issued["refresh_token"]).json()
    form = {"client_id": app.id, "token": issued["access_token"]}
    assert Browser().post(REVOKE, form).status_code == 200
    assert status(issued["access_token"]) == 401
    assert status(renewed["access_token"]) == 200
    form = {"client_id": app.id, "token": renewed["refresh_token"]}
    assert Browser().post(REVOKE, form).status_code == 200
    assert status(renewed["access_token"]) == 401
    assert not OAuthGrant.objects.exists()


def test_a_token_that_is_not_there_is_revoked_already(app):
    """RFC 7009."""
    form = {"client_id": app.id, "token": "x"}
    assert Browser().post(REVOKE, form).status_code == 200


def test_an_app_cannot_end_anothers_tokens(app, issued, status):
    """Nor does a right secret help."""
    public, confidential = register("Other"), register("Third", secret="a long secret")
    for other, secret in ((public, None), (confidential, "a long secret")):
        form = {"client_id": other.id, "token": issued["refresh_token"]}
        form |= {"client_secret": secret} if secret else {}
        assert Browser().post(REVOKE, form).status_code == 400
    assert status(issued["access_token"]) == 200


def test_an_app_cannot_trade_anothers_refresh_token(app, issued, status):
    """And the try does not spend it."""
    assert trade_refresh(register("Other"), issued["refresh_token"]).status_code == 400
    assert trade_refresh(app, issued["refresh_token"]).status_code == 200


def test_scopes_can_be_narrowed_and_never_widened(app, issued):
    """At a trade."""
    narrow = trade_refresh(app, issued["refresh_token"], scope="openid").json()
    assert narrow["scope"] == "openid"
    answer = trade_refresh(app, narrow["refresh_token"], scope="openid stats:read")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


def test_a_token_without_the_scope_may_not(cast, app, shop, status):
    """403: the project is visible, its numbers are not."""
    asked = {"scopes": "projects:read"}
    assert status(tokens_of(cast.client("editor"), app, [shop], **asked)["access_token"]) == 403


def test_a_token_can_do_no_more_than_its_person_can_now(cast, issued, status):
    """A change of role, a removal and a deactivation count at once."""
    membership = cast.membership("editor")
    membership.role = Role.BILLING
    membership.save()
    assert status(issued["access_token"]) == 403
    membership.delete()
    assert status(issued["access_token"]) == 404
    cast.editor.is_active = False
    cast.editor.save()
    assert status(issued["access_token"]) == 401


def test_a_deactivated_person_gives_no_new_tokens(cast, app, issued):
    """Nor does their code."""
    cast.editor.is_active = False
    cast.editor.save()
    assert trade_refresh(app, issued["refresh_token"]).status_code == 400


def test_a_project_that_moved_away_is_out_of_reach(cast, shop, issued, status):
    """Though it was chosen."""
    shop.organization = cast.stranger.organizations.get()
    shop.save()
    assert status(issued["access_token"]) == 404


@pytest.mark.parametrize("scopes", ["stats:read projects:read", "projects:write"])
def test_an_app_reaches_nothing_of_the_organization(cast, app, shop, scopes):
    """No token can make tokens; an organization of which nothing was chosen is not there."""
    app.set_scopes(scopes.split())
    app.save()
    asked = {"scope": scopes, "scopes": scopes}
    token = tokens_of(cast.client("owner"), app, [shop], **asked)["access_token"]
    url = f"/api/v1/organizations/{cast.organization.public_id}/tokens"
    assert api(token, url).status_code == 403
    assert api(token, url, name="x", scopes=["stats:read"]).status_code == 403
    own = cast.owner.organizations.exclude(pk=cast.organization.pk).get()
    assert api(token, f"/api/v1/organizations/{own.public_id}/tokens").status_code == 404


def test_the_other_tokens_are_no_access_tokens(issued, status):
    """ID token and refresh token: 401."""
    assert status(issued["id_token"]) == 401
    assert status(issued["refresh_token"]) == 401


def test_a_token_that_no_consent_made_is_refused(cast, app, status):
    """Even if allauth has its row."""
    token = Token(type="at", user=cast.owner, client=app, scopes="stats:read")
    token.set_value("x" * 86)
    token.save()
    assert status("x" * 86) == 401
