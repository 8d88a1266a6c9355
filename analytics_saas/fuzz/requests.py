"""Whole requests as bytes: a right or broken body under right or broken lines and headers."""

import json
import random
from collections.abc import Iterator

from analytics_saas.fuzz.bodies import Body, broken

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
PATHS = [
    b"/pageview", b"/event", b"/api/event", b"/api/v1/events", b"/p.gif", b"/js/d.js", b"/healthz",
]  # fmt: skip
ODD_PATHS = [
    b"/", b"*", b"//pageview", b"/pageview/", b"/%70ageview", b"/pageview%00", b"/\xff", b"/%ff",
    b"/../../etc/passwd", b"/..%2f..%2fetc", b"http://other.example/pageview", b"/" + b"a" * 9_000,
    b"/pageview?" + b"x=1&" * 5_000, b"/p.gif?" + b"%" * 900, b"/p.gif?p=%00&u=%ED%A0%80&w=1e9",
    b"/pageview#x", b"/pageview;x=1", b"/js/d.js?v=" + b"1" * 70_000, b"pageview", b"",
]  # fmt: skip
METHODS = [
    b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"CONNECT",
    b"post", b"FOO", b"P\x00ST", b"", b"PRI", b"A" * 3_000,
]  # fmt: skip
VERSIONS = [
    b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/0.9", b"HTTP/1.1 ", b"", b"x",
]  # fmt: skip
ODD_VALUES = [
    b"", b" ", b"\x00", b"\xff\xfe\x80", b"\xf0\x9f\x98\x80", b"a\r b", b"x" * 5_000, b"-1", b"NaN",
    b"9" * 400, b"for=\"[::1", b"for=unknown;;;=,", b"1.2.3.4, garbage, ::ffff:1.2.3.4%eth0",
    b"Bearer ds_o_x", b"Bearer \xff", b"gzip", b"application/json; charset=\xff", b"en;q=nan,,;",
    b'"Chrome";v="\xff"', b"?1", b"1e9", b"prefetch", b"${jndi:ldap://x}", b"https://[::1/x",
]  # fmt: skip
NAMES = [
    b"user-agent", b"content-type", b"accept-language", b"referer", b"x-forwarded-for",
    b"forwarded", b"sec-gpc", b"dnt", b"sec-ch-ua", b"sec-ch-ua-full-version-list",
    b"sec-ch-ua-platform",
    b"sec-ch-ua-platform-version", b"sec-purpose", b"purpose", b"x-moz", b"authorization",
    b"cookie", b"idempotency-key", b"x-daysalt-now", b"content-encoding", b"host", b"origin",
    b"if-none-match", b"cf-ipcountry", b"expect", b"upgrade", b"x-http-method-override",
    b"range", b"te",
]  # fmt: skip
ODD_LINES = [
    b"no colon", b": no name", b"a b: c", b"folded: a\r\n b", b"x:" + b"y" * 200_000, b"\x00: x",
    b"content-length: 5\r\ncontent-length: 6", b"content-length: -1", b"content-length: 0x10",
    b"content-length: " + b"9" * 30, b"content-length: 5, 5", b"transfer-encoding: gzip",
    b"transfer-encoding: chunked\r\ncontent-length: 5", b"transfer-encoding: chunked, chunked",
    b"transfer-encoding : chunked", b"transfer-encoding: xchunked", b"connection: upgrade, x",
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x", b"connection: close",
    b"connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAAA",
    b"\r\n".join(b"x-%d: y" % n for n in range(5_000)), b"expect: 100-continue",
    b"\r\n".join([b"x-forwarded-for: 1.2.3.4"] * 90), b"x\xff: y", b"user-agent:\ttab\t",
]  # fmt: skip
ODD_CHUNKS = [
    b"5\r\nabcde\r\n0\r\n\r\n", b"zz\r\nabc\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n", b"\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\nabc", b"5;" + b"x=y;" * 20_000 + b"\r\nabcde\r\n0\r\n\r\n",
    b"0\r\n" + b"trailer: x\r\n" * 9_000 + b"\r\n", b"5\nabcde\n0\n\n", b"5\r\nabcdeXX0\r\n\r\n",
    b"0x5\r\nabcde\r\n0\r\n\r\n", b"1\r\na\r\n" * 3_000 + b"0\r\n\r\n", b"0\r\n\r\n0\r\n\r\n",
]  # fmt: skip
NOISE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\r\n" * 500, b"\x00" * 3_000, b"GET\r\n\r\n", b"GET /healthz\r\n\r\n", b"x" * 100_000,
    b"SSH-2.0-x\r\n",
    b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" * 50, b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n",
]  # fmt: skip


def requests(project: str, token: str, seed: int) -> Iterator[bytes]:
    """Yield broken requests without end, the same ones for the same seed and project."""
    chance = random.Random(seed)
    kinds = [_body, _headers, _line, _chunks, _noise]
    weights = [60, 20, 12, 6, 2]
    while True:
        (kind,) = chance.choices(kinds, weights)
        yield kind(project, token, chance)


def right_body(path: bytes, project: str) -> Body:
    """Return what an endpoint takes."""
    page = "https://shop.example/a?utm_source=mail"
    beacon: Body = {"i": True, "p": project, "u": page, "r": "https://www.google.com/", "n": "Buy"}
    beacon |= {"w": 1280, "m": {"plan": "pro"}, "$": {"a": "12.90", "c": "EUR"}}
    beacon |= {"e": 5, "s": 50, "h": 0}
    plausible: Body = {"n": "Buy", "d": project, "u": page, "r": None, "p": {"plan": "pro"}}
    plausible |= {"$": {"amount": 12.9, "currency": "EUR"}, "sd": 50, "e": 5, "h": 1, "i": False}
    event: Body = {"name": "Buy", "url": page, "ip": "203.0.113.9", "user_agent": CHROME}
    event |= {"language": "de-AT", "referrer": "", "props": {"plan": "pro"}, "width": 390}
    event |= {"revenue": {"amount": "12.90", "currency": "EUR"}, "interactive": True}
    by_path: dict[bytes, Body] = {
        b"/api/event": plausible,
        b"/api/v1/events": {"project_id": project, "events": [event]},
    }
    return by_path.get(path, beacon)


def request(method: bytes, path: bytes, lines: list[bytes], body: bytes) -> bytes:
    """Put a request together."""
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", *lines, b"", body])


def right_lines(path: bytes, token: str, body: bytes) -> list[bytes]:
    """Return the headers that an endpoint takes."""
    lines = [b"host: x", b"user-agent: " + CHROME.encode(), b"content-length: %d" % len(body)]
    if path == b"/api/v1/events":
        lines.append(b"authorization: Bearer " + token.encode())
    return lines


def _body(project: str, token: str, chance: random.Random) -> bytes:
    path = chance.choice(PATHS[:4])
    body = broken(right_body(path, project), chance)
    lines = right_lines(path, token, body)
    if chance.random() < 0.05 or body[:2] == b"\x1f\x8b":
        lines.append(b"content-encoding: " + chance.choice([b"gzip", b"br", b"identity", b"x"]))
    return request(b"POST", path, lines, body)


def _headers(project: str, token: str, chance: random.Random) -> bytes:
    path = chance.choice(PATHS)
    body = _right_text(path, project)
    lines = right_lines(path, token, body)
    for _ in range(chance.randint(1, 4)):
        if chance.random() < 0.3:
            lines.insert(chance.randint(0, len(lines)), chance.choice(ODD_LINES))
        else:
            lines.append(chance.choice(NAMES) + b": " + chance.choice(ODD_VALUES))
    return request(chance.choice([b"POST", b"POST", b"GET"]), path, lines, body)


def _line(project: str, token: str, chance: random.Random) -> bytes:
    path = chance.choice([*ODD_PATHS, chance.choice(PATHS) + b"?" + chance.randbytes(9)])
    body = _right_text(path, project)
    lines = b"\r\n".join([*right_lines(path, token, body), b"", body])
    method = chance.choice([b"POST", b"GET", chance.choice(METHODS)])
    version = chance.choice([b"HTTP/1.1", chance.choice(VERSIONS)])
    return b" ".join([method, path, version]) + b"\r\n" + lines


def _chunks(project: str, token: str, chance: random.Random) -> bytes:
    path = chance.choice(PATHS[:4])
    lines = [*right_lines(path, token, b"")[:2], b"transfer-encoding: chunked"]
    return request(b"POST", path, lines, chance.choice(ODD_CHUNKS))


def _noise(project: str, token: str, chance: random.Random) -> bytes:
    return chance.choice([*NOISE, chance.randbytes(chance.randint(1, 4_000))])


def _right_text(path: bytes, project: str) -> bytes:
    return json.dumps(right_body(path, project)).encode()
