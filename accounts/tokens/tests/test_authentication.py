"""A token in the header, and everything that is none."""

import datetime
import logging

import pytest
from django.db import DatabaseError
from django.utils import timezone

from accounts.authentication import Actor
from accounts.models import ApiToken
from accounts.principal import Principal
from accounts.tokens import secret
from accounts.tokens.services import create_token


@pytest.fixture
def url(cast):
    """Any endpoint that asks who is there."""
    return f"/api/v1/organizations/{cast.organization.public_id}/tokens"


@pytest.fixture
def token(cast):
    """A token that may read numbers, and its text."""
    return create_token(
        organization=cast.organization, principal=Principal(), name="CI", scopes=["stats:read"]
    )


def ask(client, url, authorization, **data):
    """Send a header as it stands."""
    return client.get(url, data, headers={"authorization": authorization})


def test_a_token_is_known_and_only_then_asked_for_its_rights(client, url, token):
    """403 says: you are known, but this you may not."""
    assert ask(client, url, f"Bearer {token[1]}").status_code == 403
    assert ask(client, url, f"bearer {token[1]}").status_code == 403


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Bearer", "Send one token"),
        ("Bearer a b", "Send one token"),
        ("Bearer ds_o_" + "a" * 36, "This is no API token"),
        ("Bearer \u00e4", "ASCII"),
    ],
)
def test_what_is_no_token_is_refused_without_a_query(
    client, url, django_assert_num_queries, header, words
):
    """401 with a challenge and a sentence; the checksum spares the look into the database."""
    with django_assert_num_queries(0):
        answer = ask(client, url, header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "bad_token"
    assert words in answer.json()["error"]["message"]


def test_a_well_formed_token_that_nobody_made_is_refused(client, url):
    """Its checksum is right, its secret is not."""
    text = secret.new_secret(secret.ORGANIZATION_KIND)
    assert ask(client, url, f"Bearer {text}").status_code == 401


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"revoked_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}, "revoked"),
        ({"expires_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}, "expired"),
    ],
)
def test_a_token_that_ended_is_refused(client, url, token, changes, word):
    """401, and the sentence says why."""
    ApiToken.objects.update(**changes)
    answer = ask(client, url, f"Bearer {token[1]}")
    assert answer.status_code == 401
    assert word in answer.json()["error"]["message"]


def test_a_closed_account_keeps_no_token(cast, client, url):
    """Whoever closed it would else leave a way in."""
    _, text = create_token(
        organization=cast.organization, principal=Principal(user=cast.admin),
        name="CI", scopes=["team:write"],
    )  # fmt: skip
    assert ask(client, url, f"Bearer {text}").status_code == 403
    cast.admin.is_active = False
    cast.admin.save()
    answer = ask(client, url, f"Bearer {text}")
    assert answer.status_code == 401
    assert "closed account" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["token", "access_token", "q"])
def test_a_token_in_the_address_is_refused_and_not_logged(client, url, token, caplog, name):
    """Even beside a right header; the sentence says what to do and does not repeat it."""
    with caplog.at_level(logging.DEBUG):
        answer = ask(client, url, f"Bearer {token[1]}", **{name: token[1]})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "token_in_address"
    assert token[1] not in answer.content.decode()
    assert token[1] not in caplog.text
    assert ApiToken.objects.get().last_used_on is None


def test_a_bad_token_is_never_covered_by_a_good_cookie(cast, url):
    """Who sends a token means the token."""
    client = cast.client("owner")
    assert client.get(url).status_code == 200
    assert ask(client, url, "Bearer nonsense").status_code == 401


def test_the_day_of_use_is_written_once(
    client, url, token, django_assert_num_queries, django_assert_max_num_queries
):
    """The second request of a day only reads."""
    ask(client, url, f"Bearer {token[1]}")
    assert ApiToken.objects.get().last_used_on == timezone.now().date()
    with django_assert_max_num_queries(3) as asked:
        ask(client, url, f"Bearer {token[1]}")
    assert not [one for one in asked.captured_queries if "UPDATE" in one["sql"]]


def test_a_store_that_cannot_write_refuses_nobody(client, url, token, monkeypatch, caplog):
    """The day of use is a courtesy."""

    def fail(*args, **kwargs):
        raise DatabaseError("read-only")

    monkeypatch.setattr("django.db.models.query.QuerySet.update", fail)
    assert ask(client, url, f"Bearer {token[1]}").status_code == 403
    assert "was not remembered" in caplog.text
    assert token[1] not in caplog.text


def test_an_actor_has_no_persons_power():
    """Known, but nobody: no key, no staff, no rights."""
    actor = Actor("CI")
    assert actor.is_authenticated and not actor.is_anonymous
    assert (actor.pk, actor.is_staff, actor.is_superuser) == (None, False, False)
    assert not actor.has_perm("accounts.view_user") and not actor.has_module_perms("accounts")
