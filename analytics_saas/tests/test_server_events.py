"""Events that a server sends for its visitors: who may, what becomes of each, and only once."""

import json
import random
import re
import subprocess
from datetime import timedelta
from hashlib import blake2b

import pytest
import redis
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.principal import Principal
from accounts.tokens.services import create_token, revoke_token
from analytics_saas import redis as stores
from analytics_saas.env import BASE_DIR, env
from collector.daily_key import DailyKey
from collector.door import admission, batches, credentials, rulebook
from collector.limits import Limits
from collector.ranges import read_range
from collector.stream import shard_of, stream_key
from collector.tests.door import CHROME, decoded, post
from projects import registry
from projects.models import Project
from projects.registry import RegistryUnavailable, keys
from projects.services import publish

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = {"name": "pageview", "url": "https://shop.example/a", "ip": "203.0.113.9"}
EVENT |= {"user_agent": CHROME}


@pytest.fixture
def project(cast):
    """A project with a stream of its own."""
    rulebook.rules.forget()
    credentials.known.forget()
    number = random.randrange(10_000_000, 900_000_000)
    made = Project.objects.create(
        pk=number, organization=cast.organization, name="Shop", domain="x", time_zone="UTC"
    )
    publish(made)
    stores.queue().delete(stream_key(shard_of(number, env.queue_shards)))
    return made


def token_of(cast, **more):
    """Make a token for sending events; return its row and its secret."""
    given = {"name": "Server", "scopes": ["events:write"], "principal": Principal(user=cast.owner)}
    return create_token(organization=cast.organization, **(given | more))


@pytest.fixture
def token(cast):
    """The secret of a token that may send to the whole organization."""
    return token_of(cast)[1]


def send(token, project, events, headers=None, **more):
    """Send events; return status and answer."""
    body = events if isinstance(events, bytes) else {"events": events} | more
    if isinstance(body, dict) and project:
        body |= {"project_id": project if isinstance(project, str) else project.public_id}
    given = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    status, extra, answer = post(body, "/api/v1/events", given | (headers or {}))
    assert extra[b"content-type"] == b"application/json"
    return status, json.loads(answer)


def stored(project):
    """Entries of a project's shard."""
    shard = shard_of(project.pk, env.queue_shards)
    return [decoded(raw) for _, raw in read_range(stores.queue(), shard, "0", "+", 1_000)]


def events_of(project):
    """Its events."""
    return [event for entry in stored(project) for event in entry.events]


def test_each_event_has_the_visitor_that_the_caller_names(token, project):
    """Not the server that sends, whose address and user agent are nobody's."""
    more = {"language": "de-AT", "referrer": "https://www.google.com/", "width": 390}
    more |= {"props": {"plan": "pro"}, "revenue": {"amount": 12.9, "currency": "EUR"}}
    events = [EVENT, EVENT | {"ip": "198.51.100.7"}, EVENT | more | {"name": "Buy"}]
    assert send(token, project, events) == (
        202,
        {"accepted": 3, "dropped": 0, "rejected": 0, "results": []},
    )
    first, second, third = events_of(project)
    assert first.visitor_id == third.visitor_id != second.visitor_id
    assert (third.name, third.language, third.source) == ("Buy", "de", "Google")
    assert (third.props, third.revenue, third.screen) == ({"plan": "pro"}, "12.900", "Mobile")


def test_each_event_has_a_result_of_its_own(token, project):
    """What is fine is stored; results name the others by their place."""
    bot = EVENT | {"user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    status, answer = send(token, project, [EVENT, bot, EVENT | {"ip": "nobody"}, EVENT])
    assert (status, answer["accepted"], answer["dropped"], answer["rejected"]) == (202, 2, 1, 1)
    dropped, rejected = answer["results"]
    assert (dropped["index"], dropped["status"]) == (1, "dropped")
    assert dropped["reason"].startswith("bot")
    assert (rejected["index"], rejected["error"]["field"]) == (2, "ip")
    assert len(events_of(project)) == 2
    cells = {cell[2]: cell[3] for entry in stored(project) for cell in entry.drops}
    assert cells["accepted"] == 2
    assert sum(cells.values()) == 3


def without(key):
    """An event that lacks a key."""
    return {name: value for name, value in EVENT.items() if name != key}


@pytest.mark.parametrize(
    ("event", "field", "words"),
    [
        *[(without(key), key, "missing") for key in EVENT],
        (EVENT | {"timestamp": 1}, None, "timestamp"),
        (EVENT | {"url": "/a"}, "url", "http(s)"),
        (EVENT | {"name": "a" * 121}, "name", "120"),
        (EVENT | {"ip": "203.0.113.9, 1.2.3.4"}, "ip", "IPv4 or IPv6"),
        (EVENT | {"user_agent": ""}, "user_agent", "visitor"),
        (EVENT | {"language": "d" * 41}, "language", "40"),
        (EVENT | {"width": -1}, "width", "20000"),
        (EVENT | {"props": {"k": [1]}}, "props", "array"),
        (EVENT | {"props": {"k": "v" * 2_001}}, "props.k", "2000"),
        (EVENT | {"revenue": {"amount": "x", "currency": "EUR"}}, "revenue.amount", "12.90"),
        (EVENT | {"revenue": {"amount": 1, "currency": "euro"}}, "revenue.currency", "EUR"),
        (EVENT | {"scroll_depth": 101}, "scroll_depth", "100"),
        (5, None, "object"),
    ],
)
def test_an_event_that_cannot_be_read_is_told_what_to_change(token, project, event, field, words):
    """When none can be read, nothing is stored and the whole is a 400."""
    status, answer = send(token, project, [event])
    (result,) = answer["results"]
    assert (status, answer["error"]["code"]) == (400, "all_rejected")
    assert result["error"]["field"] == field, result
    assert words in result["error"]["message"]
    assert stored(project) == []


@pytest.mark.parametrize(
    ("events", "field", "words"),
    [
        ([], "events", "length"),
        ([EVENT] * 1_001, "events", "1000"),
        (b"[]", None, "object"),
        (b"{", None, "JSON"),
        (b'{"project_id": "p_aaaaaaaaaaaa"}', "events", "missing"),
        (b'{"project_id": "shop", "events": [1]}', "project_id", "12 letters"),
        (b'{"project_id": "p_aaaaaaaaaaaa", "events": [1], "at": 5}', None, "at"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_as_a_whole(token, project, events, field, words):
    """With the limit that it met."""
    status, answer = send(token, project, events)
    assert (status, answer["error"]["field"]) == (400, field), answer
    assert words in answer["error"]["message"]


def test_a_batch_may_be_large(token, project):
    """A thousand events of nearly two kilobytes; more than that is refused unread."""
    page = {"url": f"https://shop.example/{'a' * 1_600}"}
    assert send(token, project, [EVENT | page] * 1_000)[1]["accepted"] == 1_000
    assert len(events_of(project)) == 1_000
    status, answer = send(token, project, b" " * 2_000_001)
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert "2000000" in answer["error"]["message"]


def test_a_repeat_with_its_key_is_told_the_same_and_stored_once(token, project):
    """Also while the first one is on its way; another key is another request."""
    once = {"idempotency-key": "5f0c2a51-d8e1-4f54-9a4e-1a6a8e7dc001"}
    told = send(token, project, [EVENT, EVENT | {"ip": "x"}], once)
    assert told[1]["rejected"] == 1
    assert send(token, project, [EVENT, EVENT | {"ip": "x"}], once) == told
    assert len(events_of(project)) == 1
    send(token, project, [EVENT, EVENT | {"ip": "x"}], {"idempotency-key": "another"})
    assert len(events_of(project)) == 2


def test_a_key_with_another_body_is_refused(token, project):
    """Rather than that its events vanish; keys of another project are its own."""
    once = {"idempotency-key": "one"}
    assert send(token, project, [EVENT], once)[0] == 202
    status, answer = send(token, project, [EVENT, EVENT], once)
    assert (status, answer["error"]["code"]) == (422, "idempotency_key_reused")
    assert answer["error"]["field"] == "idempotency-key"
    assert len(events_of(project)) == 1
    other = Project.objects.create(
        organization=project.organization, name="B", domain="x", time_zone="UTC"
    )
    publish(other)
    assert send(token, other, [EVENT], once)[0] == 202


def test_what_is_kept_of_a_key_gives_no_visitor_away(token, project, monkeypatch):
    """Its digest needs a key that lies in no queue; without that, a repeat is told the same."""
    once = {"idempotency-key": "mine"}
    told = send(token, project, [EVENT], once)
    (place,) = stores.queue().scan_iter(f"*:once:{project.pk}:*")
    kept, secret = stores.queue().get(place), admission.limits.key.value
    body = json.dumps({"events": [EVENT], "project_id": project.public_id}).encode()
    assert admission.limits.key.digest(body) in kept
    assert secret not in b"".join(stores.queue().dump(key) for key in stores.queue().scan_iter())
    for known in (b"", env.secret_key.encode()[:64], DailyKey().value):
        digest = blake2b(body, key=known, digest_size=16, person=b"digest").digest()
        assert digest not in kept
    monkeypatch.setattr(admission.limits, "key", DailyKey())
    assert send(token, project, [EVENT, EVENT], once) == told
    assert len(events_of(project)) == 1


@pytest.mark.parametrize("key", ["", "a" * 201, "two words", "ü"])
def test_a_bad_key_is_refused(token, project, key):
    """With what a good one looks like."""
    status, answer = send(token, project, [EVENT], {"idempotency-key": key})
    assert (status, answer["error"]["field"]) == (400, "idempotency-key")
    assert "UUID" in answer["error"]["message"]


# -- Who may -------------------------------------------------------------------------------------


def test_without_a_token_nobody_is_known(project):
    """In the address it does not count, nor a project's public id."""
    body = {"project_id": project.public_id, "events": [EVENT]}
    for headers in ({}, {"authorization": "Basic abc"}, {"authorization": "Bearer "}):
        status, extra, answer = post(body, "/api/v1/events", headers, query=b"token=ds_o_x")
        assert (status, extra[b"www-authenticate"]) == (401, b"Bearer")
        assert "header" in json.loads(answer)["error"]["message"]


def test_a_made_up_token_is_unknown(token, project):
    """By its form, or because nobody has it."""
    for text in ("ds_o_x", token[:-1], keys.name_of(token), "ds_o_" + "a" * 36):
        assert send(text, project, [EVENT])[0] == 401
    assert stored(project) == []


def test_a_token_of_another_scope_may_not(cast, project):
    """It is known, and refused."""
    _, text = token_of(cast, scopes=["stats:read", "projects:write"])
    status, answer = send(text, project, [EVENT])
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    assert "events:write" in answer["error"]["message"]


def test_a_foreign_project_looks_absent(cast, project):
    """To a stranger's token, and to one that is bound to another project."""
    other = Project.objects.create(organization=cast.organization, name="B", time_zone="UTC")
    _, bound = token_of(cast, projects=[other])
    strangers = cast.stranger.organizations.get()
    _, stranger = create_token(
        organization=strangers,
        principal=Principal(user=cast.stranger),
        name="x",
        scopes=["events:write"],
    )
    absent = send(bound, "p_000000000000", [EVENT])
    assert absent[0] == 404
    assert send(bound, project, [EVENT]) == absent
    assert send(stranger, project, [EVENT]) == absent
    assert stored(project) == []
    publish(other)
    assert send(bound, other, [EVENT])[0] == 202


def test_a_revoked_token_is_refused_within_seconds(cast, project):
    """This process may know it for five seconds more, and no longer."""
    row, text = token_of(cast)
    assert send(text, project, [EVENT])[0] == 202
    revoke_token(token=row, principal=Principal(user=cast.owner))
    assert credentials.KEY_SECONDS <= 10
    read_at, key = credentials.known._known[keys.name_of(text)]
    credentials.known._known[keys.name_of(text)] = (read_at - credentials.KEY_SECONDS, key)
    assert send(text, project, [EVENT])[0] == 401


def test_a_revoked_token_is_refused_while_the_cache_is_away(cast, project, monkeypatch):
    """SQL is asked instead; and when nobody can tell, nobody is let in."""
    row, text = token_of(cast)
    assert send(text, project, [EVENT])[0] == 202
    away = redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(keys, "cache", lambda: away)
    credentials.known.forget()
    assert send(text, project, [EVENT])[0] == 202
    revoke_token(token=row, principal=Principal(user=cast.owner))
    credentials.known.forget()
    assert send(text, project, [EVENT])[0] == 401

    def fail(names):
        raise RegistryUnavailable("away")

    credentials.known.forget()
    monkeypatch.setattr(keys, "_read", fail)
    assert send(text, project, [EVENT])[0] == 503


def test_an_expired_token_is_refused(cast, project):
    """From its last second on."""
    row, text = token_of(cast, expires_at=timezone.now() + timedelta(hours=1))
    assert send(text, project, [EVENT])[0] == 202
    row.expires_at = timezone.now() - timedelta(seconds=1)
    row.save()
    keys.publish([row.secret_hash])
    credentials.known.forget()
    assert send(text, project, [EVENT])[0] == 401


def test_a_deleted_project_is_unknown(token, project):
    """As soon as this process asks again."""
    assert send(token, project, [EVENT])[0] == 202
    registry.withdraw(project.public_id)
    rulebook.rules.forget()
    assert send(token, project, [EVENT])[0] == 404


def test_bodies_under_way_have_a_limit(token, project, monkeypatch):
    """Of one organization, in bytes; what has been answered makes room again."""
    monkeypatch.setattr(batches, "MOST_UNDER_WAY", 5_000)
    assert send(token, project, [EVENT], {"content-length": "5000"})[0] == 202
    status, answer = send(token, project, [EVENT], {"content-length": "5001"})
    assert (status, answer["error"]["code"]) == (429, "too_much_at_once")
    assert send(token, project, [EVENT])[0] == 429
    monkeypatch.setattr(batches, "MOST_UNDER_WAY", batches.MOST_BATCH_BYTES)
    assert send(token, project, [EVENT])[0] == 202
    assert not batches._under_way


def test_a_batch_counts_with_all_its_events(token, project, monkeypatch):
    """Against the limit of its project."""
    monkeypatch.setattr(admission, "limits", Limits(1, 0))
    assert send(token, project, [EVENT] * 8)[0] == 202
    assert send(token, project, [EVENT] * 8)[0] == 429
    assert send(token, project, [EVENT] * 2)[0] == 202


def test_the_example_of_the_documentation_runs(token, project, collector):
    """Against a real collector."""
    text = (BASE_DIR / "docs" / "collector.md").read_text()
    (example,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    values = {"COLLECTOR": collector, "TOKEN": token, "PROJECT": project.public_id}
    ran = subprocess.run(["bash", "-euc", example], env=values, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["accepted"] == 1, ran.stdout
    assert len(events_of(project)) == 1
