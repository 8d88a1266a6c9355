"""The front door: a raw ASGI app that reads, hands over and answers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import redis

from analytics_saas.client_ip import client_ip
from analytics_saas.env import BASE_DIR, env
from analytics_saas.redis import queue_async
from collector import salts
from collector.drops import Drop
from collector.hit import Hit
from collector.payload import MOST_BODY_BYTES, Payload, Problem, read_payload
from collector.pipeline import UNIX, run
from collector.stream import Appender, NotDurable
from projects import registry
from projects.registry import ProjectRules, RegistryUnavailable

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = dict[bytes, bytes]

RULES_SECONDS = 10.0
UNKNOWN_SECONDS = 1.0
MOST_USER_AGENT = 512
TYPES = {b"", b"text/plain", b"application/json"}
TRACKER = BASE_DIR / "frontend" / "dist" / "tracker" / "d.js"
METHODS = {
    "/pageview": ("POST",),
    "/event": ("POST",),
    "/js/d.js": ("GET", "HEAD"),
    "/healthz": ("GET", "HEAD"),
}
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
]

_rules: dict[str, tuple[float, ProjectRules | None]] = {}
_appenders: dict[asyncio.AbstractEventLoop, Appender] = {}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request, or follow the server's life."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    headers: Headers = dict(scope["headers"])
    try:
        status, extra, body = await _route(scope, headers, receive)
    except Problem as problem:
        status, extra, body = _refusal(problem)
        if status == 405:
            extra.append((b"allow", ", ".join(METHODS[scope["path"]]).encode()))
    except Exception:
        log.exception("a request failed")
        status, extra, body = _refusal(Problem(500, "internal", None, "Something went wrong."))
    length = (b"content-length", str(len(body)).encode())
    await send(
        {"type": "http.response.start", "status": status, "headers": [*CORS, *extra, length]}
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


async def _route(scope: Scope, headers: Headers, receive: Receive) -> Answer:
    method, path = scope["method"], scope["path"]
    if method == "OPTIONS":
        return 204, [], b""
    allowed = METHODS.get(path)
    if allowed is None:
        message = "There is nothing here; beacons go to /pageview and /event."
        raise Problem(404, "not_found", None, message)
    if method not in allowed:
        message = f"Send a request of method {' or '.join(allowed)}."
        raise Problem(405, "method_not_allowed", None, message)
    if path == "/js/d.js":
        return _tracker(headers)
    if path == "/healthz":
        return 200, [(b"content-type", b"text/plain")], b"ok\n"
    return await _collect(scope, headers, receive, path == "/pageview")


async def _collect(scope: Scope, headers: Headers, receive: Receive, is_pageview: bool) -> Answer:
    user_agent = _check_headers(headers)
    payload = read_payload(await _body(headers, receive), is_pageview)
    rules = await _find_rules(payload.project)
    at = _asked_time(headers)
    now = UNIX + timedelta(milliseconds=at) if at else datetime.now(UTC)
    minute = int(now.timestamp()) // 60 * 60
    hit = await _hit(scope, headers, payload, rules, now, user_agent)
    reason, event, extra = "accepted", None, []
    try:
        event = run(hit)
    except Drop as drop:
        reason = drop.reason.value
        extra = [(b"x-daysalt-dropped", reason.encode())]
    try:
        await _appender().append(rules.id, minute, reason, event, at)
    except NotDurable as error:
        log.error("the queue did not take a batch: %s", error)
        raise _unavailable("queue_unavailable") from None
    return 202, extra, b""


def _check_headers(headers: Headers) -> str:
    content_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if content_type not in TYPES:
        message = "Send the JSON as text/plain or application/json."
        raise Problem(415, "unsupported_media_type", "content-type", message)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        message = "Send the body without content-encoding."
        raise Problem(415, "unsupported_encoding", "content-encoding", message)
    user_agent = headers.get(b"user-agent", b"").decode("latin-1")[:MOST_USER_AGENT]
    if not user_agent:
        raise Problem(400, "missing_header", "user-agent", "Send a User-Agent header.")
    return user_agent


async def _body(headers: Headers, receive: Receive) -> bytes:
    body, too_large = b"", False
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "incomplete", None, "The body ended early.")
        # The rest is read and thrown away, so that the connection stays usable.
        if not too_large:
            body += message.get("body", b"")
            too_large = len(body) > MOST_BODY_BYTES
        if not message.get("more_body"):
            break
    if too_large:
        text = f"The body may have at most {MOST_BODY_BYTES} bytes; send fewer properties."
        raise Problem(413, "too_large", None, text)
    return body


async def _find_rules(public_id: str) -> ProjectRules:
    found = _rules.get(public_id)
    if found is None or found[0] < time.monotonic():
        try:
            rules = await asyncio.to_thread(registry.find, public_id)
        except RegistryUnavailable as error:
            log.error("the registry is away: %s", error)
            raise _unavailable("registry_unavailable") from None
        if len(_rules) > 100_000:
            _rules.clear()
        life = RULES_SECONDS if rules else UNKNOWN_SECONDS
        found = _rules[public_id] = (time.monotonic() + life, rules)
    if found[1] is None:
        message = "There is no project with this id; copy the snippet from its set-up page."
        raise Problem(404, "unknown_project", "p", message)
    return found[1]


async def _hit(
    scope: Scope,
    headers: Headers,
    payload: Payload,
    rules: ProjectRules,
    now: datetime,
    user_agent: str,
) -> Hit:
    peer = scope["client"][0] if scope.get("client") else ""
    forwarded_for, forwarded = (_joined(scope, name) for name in (b"x-forwarded-for", b"forwarded"))
    address = client_ip(peer, forwarded_for, env.trusted_proxies, forwarded)
    if address is None:
        message = "The client's address cannot be read; let the proxy send X-Forwarded-For."
        raise Problem(400, "no_address", None, message)
    local = now.astimezone(ZoneInfo(rules.zone))
    salt = await _find_salt(rules.zone, local.date(), now)
    language = headers.get(b"accept-language", b"").decode("latin-1")
    return Hit(
        payload=payload,
        rules=rules,
        now=now,
        local=local,
        salt=salt,
        address=address,
        user_agent=user_agent,
        language=language.partition(",")[0].partition(";")[0].partition("-")[0][:8].lower(),
        privacy_signal=headers.get(b"sec-gpc") == b"1" or headers.get(b"dnt") == b"1",
    )


def _joined(scope: Scope, name: bytes) -> str:
    """Return all lines of a header as one: each proxy may have added its own."""
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")


async def _find_salt(zone: str, day: date, now: datetime) -> bytes:
    salt = salts.known_salt(zone, day, now)
    if salt is not None:
        return salt
    # Two requests that miss at once both ask, and get the same answer.
    try:
        return await asyncio.to_thread(salts.salt_for, zone, day, now)
    except redis.RedisError as error:
        log.error("no salt can be agreed on: %s", error)
        raise _unavailable("salt_unavailable") from None


def _asked_time(headers: Headers) -> int:
    """Return the milliseconds that a development request gives itself, 0 for none."""
    sent = headers.get(b"x-daysalt-now", b"")
    return int(sent) if env.dev_clock and sent.isdigit() and len(sent) <= 13 else 0


def _unavailable(code: str) -> Problem:
    return Problem(503, code, None, "Nothing durable can take this now; send it again later.")


def _refusal(problem: Problem) -> Answer:
    error = {"code": problem.code, "message": problem.message, "field": problem.field}
    extra = [(b"content-type", b"application/json")]
    if problem.status == 503:
        extra.append((b"retry-after", b"5"))
    return problem.status, extra, msgspec.json.encode({"error": error})


def _tracker(headers: Headers) -> Answer:
    if not TRACKER.exists():
        raise Problem(404, "not_built", None, "The tracker is not built: run `make front`.")
    body = TRACKER.read_bytes()
    etag = f'"{sha256(body).hexdigest()[:20]}"'.encode()
    extra = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", b"public, max-age=3600"),
        (b"etag", etag),
    ]
    return (304, extra, b"") if headers.get(b"if-none-match") == etag else (200, extra, body)


def use_appender(appender: Appender) -> None:
    """Let the running loop's requests go through this appender, such as one of own shards."""
    _appenders[asyncio.get_running_loop()] = appender


def _appender() -> Appender:
    loop = asyncio.get_running_loop()
    if loop not in _appenders:
        _appenders[loop] = Appender(queue_async(), env.queue_shards)
    return _appenders[loop]


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            if appender := _appenders.get(asyncio.get_running_loop()):
                await appender.finish()
            await send({"type": "lifespan.shutdown.complete"})
            return
