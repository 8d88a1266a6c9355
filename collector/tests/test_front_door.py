"""From a beacon to the stream, through the ASGI app and a real queue."""

import asyncio
import json
import random
import threading
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from analytics_saas import redis as stores
from analytics_saas.env import env
from collector import salts, stream
from collector.appender import Appender
from collector.door import hits, requests
from collector.problem import Problem
from collector.salts import memory
from collector.tests.door import CHROME, PAGE, chunks, entries, post, publish


@pytest.fixture
def rules():
    """A published project with a stream of its own."""
    return publish()


def test_a_page_view_is_in_the_stream_when_it_is_answered(rules):
    """Enriched, with the campaign, and without the rest of the query."""
    assert post(PAGE | {"r": "https://www.google.de/"})[0] == 202
    (entry,) = entries()
    (event,) = entry.events
    assert (event.project_id, event.name, event.path) == (7, "pageview", "/a")
    assert (event.source, event.utm_source, event.referrer) == ("mail", "mail", "www.google.de/")
    assert (event.browser, event.os, event.device) == ("Chrome", "Linux", "Desktop")
    assert event.utc_offset == 330
    assert entry.drops[0][2:] == ("accepted", 1)


def test_neither_address_nor_user_agent_leaves_the_request(rules):
    """The bytes of the entry hold none of them."""
    post(PAGE)
    shard = stream.shard_of(7, env.queue_shards)
    raw = b"".join(row[1][b"b"] for row in stores.queue().xrange(stream.stream_key(shard)))
    for secret in (b"203.0.113.9", bytes([203, 0, 113, 9]), CHROME.encode(), b"secret"):
        assert secret not in raw


def test_what_arrives_together_is_appended_together(rules):
    """Hundreds of requests at once make few entries and lose nothing."""
    post(PAGE, times=300)
    assert sum(len(entry.events) for entry in entries()) == 300
    assert len(entries()) < 300


def test_one_visitor_is_one_visitor_until_the_local_midnight(rules):
    """18:29 UTC and 18:31 UTC lie on two days in Kolkata."""
    for moment in ("1767205740000", "1767205750000", "1767205860000"):
        assert post(PAGE, headers={"x-daysalt-now": moment})[0] == 202
    first, second, third = (event for entry in entries() for event in entry.events)
    assert first.visitor_id == second.visitor_id != third.visitor_id
    assert first.local_date + 1 == third.local_date


def test_another_address_or_browser_is_another_visitor(rules):
    """IPv6 visitors are told apart by network."""
    post(PAGE)
    post(PAGE, peer="203.0.113.10")
    post(PAGE, headers={"user-agent": f"{CHROME} x"})
    post(PAGE, peer="2001:db8::1")
    post(PAGE, peer="2001:db8::2")
    ids = [event.visitor_id for entry in entries() for event in entry.events]
    assert len(set(ids)) == 4
    assert ids[3] == ids[4]


def test_behind_a_proxy_the_visitor_is_read_from_its_headers(rules, monkeypatch):
    """From every line of a header; either of the two, and from nobody who is not trusted."""
    trusted = replace(env, trusted_proxies=(ip_network("10.0.0.0/8"),))
    monkeypatch.setattr(requests, "env", trusted)
    for headers in (
        {"x-forwarded-for": "1.2.3.4"},
        {"x-forwarded-for": ["6.6.6.6", "1.2.3.4", "10.0.0.9"]},
        {"forwarded": "for=1.2.3.4;proto=https"},
        {"forwarded": ["for=6.6.6.6", "for=1.2.3.4"]},
    ):
        assert post(PAGE, headers=headers, peer="10.0.0.1")[0] == 202
    post(PAGE, headers={"x-forwarded-for": "6.6.6.6"}, peer="1.2.3.4")
    ids = {event.visitor_id for entry in entries() for event in entry.events}
    assert len(ids) == 1


def test_a_program_on_this_machine_cannot_choose_its_address(rules, collector):
    """X-Forwarded-For means nothing to the real server unless TRUSTED_PROXIES names its peer."""
    for address in ("8.8.8.8", "81.2.69.142"):
        headers = {"user-agent": CHROME, "x-forwarded-for": address}
        sent = urllib.request.Request(
            f"{collector}/pageview", json.dumps(PAGE).encode(), headers | {"content-type": ""}
        )
        assert urllib.request.urlopen(sent).status == 202
    first, second = (event for entry in entries() for event in entry.events)
    assert first.visitor_id == second.visitor_id
    assert first.country == ""


def test_a_known_project_and_day_need_no_thread(rules, monkeypatch):
    """Only the first request of a project and of a salt's day asks elsewhere."""
    asked = []

    def count(owner, name):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *given: (asked.append(name), real(*given))[1])

    memory.wipe_all()
    count(asyncio, "to_thread")
    count(salts, "salt_for")
    for _ in range(3):
        assert post(PAGE)[0] == 202
    assert asked == ["to_thread", "salt_for"]


def test_a_body_may_come_in_parts(rules):
    """As with chunked transfer; empty parts are nothing."""
    text = json.dumps(PAGE).encode()
    assert post(b"", messages=chunks(text[:9], b"", text[9:30], text[30:]))[0] == 202
    assert len(entries()) == 1


def test_a_client_that_hangs_up_stores_nothing(rules):
    """Half a body is no beacon, even when it reads like one."""
    assert post(b"", messages=chunks(json.dumps(PAGE).encode(), None))[0] == 400
    assert entries() == []


def test_a_body_that_grows_too_large_is_read_to_its_end(rules):
    """So that the connection stays usable."""
    messages = chunks(*[b"x" * 30_000] * 5, b"end")
    rest = iter(messages)
    assert post(b"", messages=rest)[0] == 413
    assert next(rest, None) is None


def appended_ids(shard, *moments):
    """Append a drop at each moment of a development clock at once; return the ids' times."""

    async def run():
        appender = Appender(stores.queue_async(), 1, first_shard=shard)
        await asyncio.gather(*(appender.append(7, 0, "bot", None, at) for at in moments))

    asyncio.run(run())
    rows = stores.queue().xrange(stream.stream_key(shard))
    return [int(identity.partition(b"-")[0]) for identity, _ in rows]


def test_with_a_development_clock_an_entry_carries_the_asked_time():
    """One entry for each time, in their order; a time that is over gets the last one."""
    shard = random.randrange(10_000, 1_000_000)
    assert appended_ids(shard, 9_000, 5_000, 5_000) == [5_000, 9_000]
    assert appended_ids(shard, 7_000, 9_000) == [5_000, 9_000, 9_000, 9_000]
    # Emptied by the drain, a stream still knows how far it came.
    stores.queue().xtrim(stream.stream_key(shard), maxlen=0, approximate=False)
    assert appended_ids(shard, 8_000) == [9_000]
    # A time to come is left to the server, or real events would be stamped with it for years.
    assert 1_700_000_000_000 < appended_ids(shard, 9 * 10**12)[-1] <= time.time() * 1000


@pytest.mark.parametrize("moment", ["-5", "1e3", "9" * 13, "9" * 14, "soon"])
def test_a_development_clock_never_fails_a_request(rules, moment):
    """What cannot be read is no clock."""
    assert post(PAGE, headers={"x-daysalt-now": moment})[0] == 202


@pytest.mark.parametrize(
    ("headers", "reason", "counted"),
    [
        ({"sec-gpc": "1"}, "privacy_signal", "privacy_signal"),
        ({"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "bot", "bot:Googlebot"),
    ],
)
def test_a_policy_drop_answers_202_and_says_why(rules, headers, reason, counted):
    """It is counted in the entry, a bot by its name, and no event travels."""
    status, answered, _ = post(PAGE, headers=headers)
    assert (status, answered[b"x-daysalt-dropped"]) == (202, reason.encode())
    assert entries()[0].events == []
    assert entries()[0].drops[0][2:] == (counted, 1)


def test_an_event_needs_a_name(rules):
    """A page view does not."""
    assert post(PAGE, path="/event")[0] == 400
    assert (
        post(PAGE | {"n": "Signup", "m": {"plan": "pro", "n": 2, "ok": True}}, "/event")[0] == 202
    )
    assert entries()[0].events[0].props == {"plan": "pro", "n": "2", "ok": "true"}


def slow(*parts):
    """A body whose rest never comes."""

    async def receive():
        if parts_left:
            return {"type": "http.request", "body": parts_left.pop(0), "more_body": True}
        return await asyncio.Event().wait()

    parts_left = list(parts)
    return receive


async def body_error(receive, headers=(), most=64_000):
    """Read a body that must be refused; return the refusal."""
    scope = {"headers": list(headers)}
    with pytest.raises(Problem) as refused:
        await requests.read_body(requests.read_request(scope, receive), most)
    return refused.value


def test_a_body_that_does_not_arrive_is_cut_off(monkeypatch):
    """With the limit of time, and the end of its connection."""
    monkeypatch.setattr(requests, "BODY_SECONDS", 0.01)
    problem = asyncio.run(body_error(slow(b"{", b'"p"')))
    assert (problem.status, problem.code) == (408, "too_slow")
    assert isinstance(problem, requests.CutOff)


def test_a_body_without_end_is_cut_off():
    """So much is thrown away and no more; a small excess leaves the connection usable."""
    endless = slow(*[b"x" * 100_000] * 50)
    problem = asyncio.run(body_error(endless))
    assert (problem.status, isinstance(problem, requests.CutOff)) == (413, True)
    announced = asyncio.run(body_error(slow(), [(b"content-length", b"5000000")]))
    assert (announced.status, isinstance(announced, requests.CutOff)) == (413, True)
    short = chunks(b"x" * 70_000, b"y")
    status, headers, _ = post(b"", messages=short)
    assert (status, headers.get(b"connection")) == (413, None)
    status, headers, _ = post(PAGE, headers={"content-length": "5000000"})
    assert (status, headers.get(b"connection")) == (413, b"close")


def test_every_answer_lets_every_page_read_it_and_none_sets_a_cookie(rules):
    """Whatever it says; and no credentials are ever asked for."""
    for path, method in (("/pageview", "POST"), ("/nothing", "GET"), ("/event", "OPTIONS")):
        _, headers, _ = post(PAGE, path, method=method)
        assert headers[b"access-control-allow-origin"] == b"*"
        assert not {b"set-cookie", b"access-control-allow-credentials"} & set(headers)


def test_while_a_salt_is_waited_for_everything_else_goes_on(monkeypatch):
    """It is asked for once, however many wait, and not where registry and spool have their turn."""
    gate, asked, now = threading.Event(), [], datetime.now(UTC)

    def hang(*place):
        asked.append(place)
        gate.wait(5)
        return bytearray(32)

    monkeypatch.setattr(salts, "salt_for", hang)

    async def run():
        found = [hits._find_salt("Pacific/Niue", now.date(), now) for _ in range(100)]
        waiting = [asyncio.create_task(one) for one in found]
        await asyncio.sleep(0)
        waiting.pop().cancel()
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "else"), 2) == "else"
        gate.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(run()) == [bytearray(32)] * 99
    assert len(asked) == 1
