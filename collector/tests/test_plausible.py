"""Plausible's payload, by short and by long keys, as its clients and people's scripts send it."""

import json

import pytest

from collector.tests.door import PAGE, entries, post, publish

SHORT = {"n": "pageview", "d": PAGE["p"], "u": "https://shop.example/a"}
LONG = {"name": "Signup", "domain": PAGE["p"], "url": "https://shop.example/a"}


@pytest.fixture(autouse=True)
def rules():
    """A published project with a stream of its own."""
    return publish()


def sent(body):
    """Send one event, which must be taken; return it."""
    status, headers, answer = post(body, "/api/event")
    assert (status, answer, headers[b"content-type"]) == (202, b"ok", b"text/plain"), answer
    return entries()[-1].events[-1]


# What is sent beside the page and the project, the field of the event, its value.
READ = [
    ({}, "name", "pageview"),
    ({"r": "https://www.google.com/", "v": 36}, "source", "Google"),
    ({"r": None, "p": None, "$": None, "i": None}, "referrer", ""),
    ({"w": 1280}, "screen", "Laptop"),
    ({"screen_width": 390}, "screen", "Mobile"),
    ({"p": {"plan": "pro", "n": 2, "x": None}}, "props", {"plan": "pro", "n": "2"}),
    ({"p": '{"plan": "pro"}'}, "props", {"plan": "pro"}),
    ({"props": {"plan": "pro"}}, "props", {"plan": "pro"}),
    ({"m": '{"plan": "pro"}'}, "props", {"plan": "pro"}),
    ({"meta": {"plan": "pro"}}, "props", {"plan": "pro"}),
    ({"$": {"amount": "12.90", "currency": "EUR"}}, "revenue", "12.900"),
    ({"revenue": {"amount": 12.9, "currency": "eur"}}, "currency", "EUR"),
    ({"revenue": '{"amount": 1322.22, "currency": "USD"}'}, "revenue", "1322.220"),
    ({"$": {}}, "currency", ""),
    ({"i": False}, "interactive", 0),
    ({"interactive": True}, "interactive", 1),
    ({"n": "engagement", "e": 4_200, "sd": 55}, "engaged_ms", 4_200),
    ({"n": "engagement", "e": 4_200, "sd": 55}, "scroll_depth", 55),
    ({"n": "engagement", "e": 1e12, "sd": 180}, "engaged_ms", 86_400_000),
    ({"n": "engagement", "e": -3, "sd": 180.4}, "scroll_depth", 100),
    ({"n": "engagement", "e": 1, "sd": None}, "scroll_depth", 255),
    ({"u": "https://shop.example/#/cart", "h": 1}, "path", "/#/cart"),
    ({"u": "https://shop.example/#/cart", "hashMode": True}, "path", "/#/cart"),
    ({"u": "https://shop.example/#/cart", "h": 0}, "path", "/"),
]


@pytest.mark.parametrize(("extra", "field", "expected"), READ)
def test_it_is_read_as_plausible_means_it(extra, field, expected):
    """And answered as Plausible answers."""
    assert getattr(sent(SHORT | extra), field) == expected


def test_long_keys_are_the_same():
    """As people's scripts and servers send them."""
    event = sent(LONG | {"referrer": "https://www.google.com/", "props": {"plan": "pro"}})
    assert (event.name, event.path, event.source) == ("Signup", "/a", "Google")
    assert event.props == {"plan": "pro"}


# What is sent, the field that is named, words of the message.
REFUSED = [
    (LONG | {"domain": "shop.example"}, 400, "domain", "12 letters"),
    (SHORT | {"d": "shop.example"}, 400, "d", "12 letters"),
    ({"name": "x", "url": LONG["url"]}, 400, "domain", "12 letters"),
    (LONG | {"domain": "p_bbbbbbbbbbbb"}, 404, "domain", "no project"),
    (LONG | {"name": ""}, 400, "name", "missing"),
    (LONG | {"url": "data:text/html,x"}, 400, "url", "http(s)"),
    (LONG | {"url": 5}, 400, "url", "str"),
    (LONG | {"props": "nothing"}, 400, "props", "JSON text"),
    (LONG | {"props": [1]}, 400, "props", "object"),
    (LONG | {"props": {"a": [1]}}, 400, "props", "array"),
    (LONG | {"props": {str(n): n for n in range(31)}}, 400, "props", "30"),
    (SHORT | {"p": {"k": "v" * 2_001}}, 400, "p.k", "2000"),
    (LONG | {"revenue": {"amount": "much", "currency": "EUR"}}, 400, "revenue.amount", "12.90"),
    (LONG | {"revenue": {"amount": 1}}, 400, "revenue.currency", "str"),
    (LONG | {"screen_width": "wide"}, 400, "screen_width", "int"),
    ([], 400, None, "object"),
    (b"{", 400, None, "JSON"),
    (b'{"p": {"n": ' + b"9" * 5_000 + b"}}", 400, None, "range"),
    (b'{"p": ' + b"[" * 2_000 + b"]" * 2_000 + b"}", 400, None, "recursion"),
]


@pytest.mark.parametrize(("body", "status", "field", "words"), REFUSED)
def test_what_cannot_be_read_is_told_in_the_senders_words(body, status, field, words):
    """By the key that was sent."""
    answered, _, answer = post(body, "/api/event")
    error = json.loads(answer)["error"]
    assert (answered, error["field"]) == (status, field), error
    assert words in error["message"]
    assert entries() == []


def test_a_drop_is_ok_and_told_in_both_headers():
    """Plausible's clients look at no more than the status."""
    status, headers, answer = post(SHORT, "/api/event", {"dnt": "1"})
    assert (status, answer) == (202, b"ok")
    assert headers[b"x-daysalt-dropped"] == b"privacy_signal"
    assert headers[b"x-plausible-dropped"] == b"1"
