"""What is malformed is told what to change; what is only odd is stored as it should be."""

import json
import random

import pytest

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector.drain import drain_once
from collector.shard import Shard
from collector.stream import shard_of
from collector.tests.door import CHROME, PAGE, entries, post, publish

EVENT = PAGE | {"n": "Signup"}
TEXT = json.dumps(EVENT)


@pytest.fixture
def rules():
    """A published project with a stream of its own."""
    return publish()


def raw(key, value):
    """An event whose one key has a value that json.dumps would not write."""
    rest = {name: one for name, one in EVENT.items() if name != key}
    return f'{json.dumps(rest)[:-1]}, "{key}": {value}}}'.encode()


def without(key):
    """An event that lacks a key."""
    return {name: value for name, value in EVENT.items() if name != key}


# Beacon, headers, status, code, field, and words that the message must have.
BODIES = [
    (b"", {}, 400, "malformed_json", None, "one JSON object"),
    (b"{", {}, 400, "malformed_json", None, "one JSON object"),
    (TEXT.encode() + b"x", {}, 400, "malformed_json", None, "one JSON object"),
    (b'{"p": \xff\xfe}', {}, 400, "malformed_json", None, "one JSON object"),
    (raw("n", '"\xff"').decode().encode("latin-1"), {}, 400, "malformed_json", None, "UTF-8"),
    (raw("n", r'"\ud800"'), {}, 400, "malformed_json", None, "UTF-8"),
    (raw("u", r'"https://x.example/\udfff"'), {}, 400, "malformed_json", None, "UTF-8"),
    (raw("m", r'{"\ud800": 1}'), {}, 400, "malformed_json", None, "UTF-8"),
    (raw("w", "NaN"), {}, 400, "malformed_json", None, "JSON"),
    (raw("m", '{"k": Infinity}'), {}, 400, "malformed_json", None, "JSON"),
    (raw("m", '{"k": -Infinity}'), {}, 400, "malformed_json", None, "JSON"),
    (raw("z", "[" * 1_000 + "]" * 1_000), {}, 400, "malformed_json", None, "recursion"),
    (b"[" * 60_000, {}, 400, "invalid_field", None, "object"),
    (b"[]", {}, 400, "invalid_field", None, "object"),
    (b"null", {}, 400, "invalid_field", None, "object"),
    (b'"text"', {}, 400, "invalid_field", None, "object"),
    (PAGE | {"r": "x" * 70_000}, {}, 413, "too_large", None, "64000"),
    (PAGE, {"content-type": "image/png"}, 415, "unsupported_media_type", "content-type", "text/"),
    (PAGE, {"content-encoding": "gzip"}, 415, "unsupported_encoding", "content-encoding", "with"),
    (PAGE, {"x-long": "a" * 40_000}, 431, "headers_too_large", "x-long", "32000"),
    (PAGE, {"x-many": ["a"] * 101}, 431, "too_many_headers", None, "100"),
    (PAGE, {"content-length": "9" * 4_000}, 413, "too_large", None, "64000"),
    (PAGE, {"user-agent": []}, 400, "missing_header", "user-agent", "User-Agent"),
]
# One key's bad value, the field and words of the message.
VALUES = [
    ({"p": 5}, "p", "str"),
    ({"p": "shop"}, "p", "12 letters"),
    ({"p": "p_" + "a" * 50_000}, "p", "12 letters"),
    ({"p": "p_aaaaaaaaaaa\0"}, "p", "12 letters"),
    ({"u": 5}, "u", "str"),
    ({"u": None}, "u", "str"),
    ({"u": ""}, "u", "http(s)"),
    ({"u": "ftp://x.example/"}, "u", "http(s)"),
    ({"u": "javascript:alert(1)"}, "u", "http(s)"),
    ({"u": "about:blank"}, "u", "http(s)"),
    ({"u": "/page"}, "u", "http(s)"),
    ({"u": "https:///page"}, "u", "http(s)"),
    ({"u": "https://[bad"}, "u", "http(s)"),
    ({"u": "https://a..ü/"}, "u", "http(s)"),
    ({"u": "https://ex\u2100mple/"}, "u", "http(s)"),
    ({"u": "https://exa mple/"}, "u", "host name"),
    ({"u": f"https://{'a' * 254}/"}, "u", "253"),
    ({"u": "https://x.example/\0"}, "u", "control"),
    ({"u": "https://x.example/\n"}, "u", "control"),
    ({"u": "https://x.example/" + "a" * 2_000}, "u", "2000"),
    ({"r": 5}, "r", "str"),
    ({"n": 5}, "n", "str"),
    ({"n": ""}, "n", "missing"),
    ({"n": "  "}, "n", "missing"),
    ({"n": "a" * 121}, "n", "120"),
    ({"n": "a\0b"}, "n", "control"),
    ({"m": []}, "m", "object"),
    ({"m": {"k": {}}}, "m", "object"),
    ({"m": {"k": None}}, "m", "null"),
    ({"m": {str(n): n for n in range(31)}}, "m", "30"),
    ({"m": {"k" * 301: 1}}, "m." + "k" * 40, "300"),
    ({"m": {"ü" * 151: 1}}, "m." + "ü" * 40, "300"),
    ({"m": {"a\nb": 1}}, "m", "control"),
    ({"m": {"k": "v" * 2_001}}, "m.k", "2000"),
    ({"m": {"k": "\0"}}, "m.k", "NUL"),
    ({"$": 5}, "$", "object"),
    ({"$": {"a": "1"}}, "$.c", "missing"),
    ({"$": {"a": 1, "c": "EUR"}}, "$.a", "str"),
    ({"$": {"a": "12,90", "c": "EUR"}}, "$.a", "12.90"),
    ({"$": {"a": "NaN", "c": "EUR"}}, "$.a", "12.90"),
    ({"$": {"a": "-inf", "c": "EUR"}}, "$.a", "12.90"),
    ({"$": {"a": "1_000", "c": "EUR"}}, "$.a", "12.90"),
    ({"$": {"a": "1e999999999", "c": "EUR"}}, "$.a", "15 digits"),
    ({"$": {"a": "9" * 15, "c": "EUR"}}, "$.a", "15 digits"),
    ({"$": {"a": "1", "c": "euro"}}, "$.c", "EUR"),
    ({"$": {"a": "1", "c": "ßE"}}, "$.c", "EUR"),
    ({"i": 1}, "i", "bool"),
    ({"w": "wide"}, "w", "int"),
    ({"w": 1.5}, "w", "int"),
    ({"w": -1}, "w", "20000"),
    ({"w": 10**30}, "w", "20000"),
    ({"e": -1}, "e", "86400000"),
    ({"e": 86_400_001}, "e", "86400000"),
    ({"s": -1}, "s", "100"),
    ({"s": 101}, "s", "100"),
    ({"h": "1"}, "h", "int"),
]
NUMBERS = [raw("m", '{"k": 1e999}'), raw("m", '{"k": ' + "9" * 5_000 + "}")]
CASES = (
    BODIES
    + [(EVENT | bad, {}, 400, "invalid_field", field, say) for bad, field, say in VALUES]
    + [(without(key), {}, 400, "invalid_field", key, "missing") for key in "pun"]
    + [(body, {}, 400, "invalid_field", "m", "range") for body in NUMBERS]
    + [(EVENT | {"p": "p_zzzzzzzzzzzz"}, {}, 404, "unknown_project", "p", "set-up page")]
)


@pytest.mark.parametrize(("beacon", "headers", "status", "code", "field", "words"), CASES)
def test_a_bad_beacon_is_told_what_to_change(rules, beacon, headers, status, code, field, words):
    """Nothing is stored, and the next good request is served."""
    answered, extra, body = post(beacon, "/event", headers)
    error = json.loads(body)["error"]
    assert (answered, error["code"], error["field"]) == (status, code, field), error
    assert words in error["message"]
    assert error["message"].endswith(".")
    assert extra[b"content-type"] == b"application/json"
    assert entries() == []
    assert post(EVENT, "/event")[0] == 202
    assert len(entries()) == 1


def test_no_address_is_a_bad_request(rules):
    """Behind a unix socket somebody must say who the client is."""
    status, _, body = post(PAGE, peer="")
    assert (status, json.loads(body)["error"]["code"]) == (400, "no_address")
    assert post(PAGE)[0] == 202


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/pageview", 405, b"POST"),
        ("HEAD", "/event", 405, b"POST"),
        ("DELETE", "/event", 405, b"POST"),
        ("POST", "/js/d.js", 405, b"GET, HEAD"),
        ("POST", "/", 404, None),
        ("GET", "/event/", 404, None),
        ("OPTIONS", "/event", 204, b"POST, OPTIONS"),
        ("OPTIONS", "/nothing", 404, None),
        ("HEAD", "/healthz", 200, None),
    ],
)
def test_other_methods_and_paths(rules, method, path, status, allow):
    """HEAD has no body; a wrong method is told the right one."""
    answered, extra, body = post(PAGE, path, method=method)
    assert (answered, extra.get(b"allow")) == (status, allow)
    assert (method != "HEAD") or body == b""
    assert post(PAGE)[0] == 202


ODD = [
    ({"u": "https://[2001:db8::1]:8443/x"}, "hostname", "2001:db8::1"),
    ({"u": "https://Müller.example/ä"}, "hostname", "xn--mller-kva.example"),
    ({"u": "https://Müller.example/ä"}, "path", "/ä"),
    ({"u": "https://me:secret@X.example:99999/y"}, "hostname", "x.example"),
    ({"u": "https://x.example/?utm_source=a%00b%0Ac"}, "utm_source", "abc"),
    ({"u": "https://x.example/?utm_source=%ED%A0%80"}, "utm_source", "\ufffd\ufffd\ufffd"),
    ({"u": "https://x.example/?utm_source=" + "%F0%9F%98%80" * 150}, "utm_source", "😀" * 150),
    ({"r": "https://other.example/a\0b"}, "referrer", "other.example/ab"),
    ({"r": "x" * 9_000}, "referrer", ""),
    ({"n": "😀 " + "a" * 118}, "name", "😀 " + "a" * 118),
    ({"m": {"k": "line\nline", "": "nameless"}}, "props['k']", "line\nline"),
    ({"m": {"k": 1e300}}, "props['k']", "1e+300"),
    ({"m": {"k": "'; DROP TABLE events --"}}, "props['k']", "'; DROP TABLE events --"),
    ({"$": {"a": "99999999999999.999", "c": "jpy"}}, "toString(revenue)", "99999999999999.999"),
    ({"$": {"a": "-0.1234", "c": "EUR"}}, "toString(revenue)", "-0.123"),
    ({"$": {"a": "1e-999999999", "c": "EUR"}}, "toString(revenue)", "0"),
    ({"n": "engagement", "e": 86_400_000, "s": 100}, "toString(engaged_ms)", "86400000"),
    ({"w": 20_000}, "screen", "Desktop"),
]


@pytest.mark.parametrize(("odd", "column", "expected"), ODD)
def test_an_odd_beacon_reaches_its_table(rules, clickhouse_tables, odd, column, expected):
    """Through the real drain, and no password, NUL or half a character with it."""
    query = clickhouse.reader().query
    sql = "SELECT count() FROM {} WHERE project_id = 7"
    before = query(sql.format("events")).result_rows
    # A visitor of its own, since later events of a visit take the origin of its first one.
    peer = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
    assert post(EVENT | odd, "/event", peer=peer)[0] == 202
    shard = Shard(stores.queue(), shard_of(7, env.queue_shards))
    assert shard.acquire()
    while drain_once(stores.queue(), clickhouse.writer(), shard):
        pass
    shard.release()
    newest = f"SELECT {column} FROM events WHERE project_id = 7 ORDER BY timestamp DESC LIMIT 1"
    assert query(newest).result_rows == [(expected,)]
    assert query(sql.format("events")).result_rows != before
    assert query(sql.format("dead_letters")).result_rows == [(0,)]


def test_of_a_key_sent_twice_the_last_one_counts(rules):
    """As browsers and Python read JSON."""
    assert post(TEXT[:-1].encode() + b', "n": "Last"}', "/event")[0] == 202
    assert [event.name for entry in entries() for event in entry.events] == ["Last"]


def test_a_user_agent_of_any_length_and_bytes_is_read(rules):
    """To its 512th character."""
    for text in (CHROME * 50, "\xff\xfe\x80", "a" * 20_000):
        assert post(PAGE, headers={"user-agent": text})[0] == 202
