"""One HTTP request: its headers, its body, and whom it comes from; all within limits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from analytics_saas.client_ip import Address, client_behind, parse_address
from analytics_saas.env import env
from collector.payload import MOST_BODY_BYTES
from collector.problem import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Headers = dict[bytes, bytes]

MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_000
MOST_USER_AGENT = 512
BODY_SECONDS = 10.0
# Of a body that is too large this much is thrown away, so that the sender reads the answer.
MOST_DISCARDED = 1_000_000
TYPES = frozenset({b"", b"text/plain", b"text/plain;charset=utf-8", b"application/json"})
MOST_CLOCK_DIGITS = 13


class CutOff(Problem):
    """A refusal that does not wait for the rest of the request; the connection ends with it."""


@dataclass(slots=True)
class Visitor:
    """Whom a hit comes from. `through_proxy`: by a proxy whose word on the client is taken."""

    address: Address
    user_agent: str
    headers: Mapping[bytes, bytes]
    through_proxy: bool = False


@dataclass(slots=True)
class Request:
    """A request as the server hands it over. Of a header sent twice, `headers` has the last."""

    scope: Scope
    receive: Receive
    headers: Headers


def read_request(scope: Scope, receive: Receive) -> Request:
    """Take a request up. Raises Problem with status 431."""
    lines = scope["headers"]
    headers: Headers = dict(lines)
    if len(lines) > MOST_HEADERS:
        message = f"A request may have at most {MOST_HEADERS} headers; send fewer."
        raise Problem(431, "too_many_headers", None, message)
    if sum(map(len, headers.values())) > MOST_HEADER_BYTES:
        longest = max(headers, key=lambda name: len(headers[name])).decode("latin-1")[:40]
        message = f"Headers may have at most {MOST_HEADER_BYTES} bytes; shorten `{longest}`."
        raise Problem(431, "headers_too_large", longest, message)
    return Request(scope, receive, headers)


def require_plain_body(request: Request) -> None:
    """Raise Problem with status 415 for a body that is not JSON as it is."""
    if request.headers.get(b"content-encoding", b"identity") != b"identity":
        message = "Send the body without content-encoding."
        raise Problem(415, "unsupported_encoding", "content-encoding", message)
    given = request.headers.get(b"content-type", b"").lower()
    if given not in TYPES and given.partition(b";")[0].strip() not in TYPES:
        message = "Send the JSON as text/plain or application/json."
        raise Problem(415, "unsupported_media_type", "content-type", message)


def visitor_of(request: Request) -> Visitor:
    """Return whom a request comes from. Raises Problem with status 400."""
    user_agent = request.headers.get(b"user-agent", b"")[:MOST_USER_AGENT].decode("latin-1")
    if not user_agent:
        raise Problem(400, "missing_header", "user-agent", "Send a User-Agent header.")
    address, through_proxy = address_of(request)
    return Visitor(address, user_agent, request.headers, through_proxy)


def address_of(request: Request) -> tuple[Address, bool]:
    """Return the client's address, and whether a trusted proxy told it. Raises Problem."""
    client = request.scope.get("client")
    peer = parse_address(client[0]) if client else None
    if peer is None:
        message = "The client's address cannot be read; let the proxy send X-Forwarded-For."
        raise Problem(400, "no_address", None, message)
    if not env.trusted_proxies:
        return peer, False
    forwarded_for = joined(request, b"x-forwarded-for")
    forwarded = joined(request, b"forwarded")
    address = client_behind(peer, forwarded_for, env.trusted_proxies, forwarded)
    return address, address != peer


def joined(request: Request, name: bytes) -> str:
    """Return all lines of a header as one: each proxy may have added its own."""
    if len(request.headers) == len(request.scope["headers"]):
        return request.headers.get(name, b"").decode("latin-1")
    lines = (value for key, value in request.scope["headers"] if key == name)
    return b",".join(lines).decode("latin-1")


def asked_time(request: Request) -> int:
    """Return the milliseconds that a development request gives itself, 0 for none."""
    if not env.dev_clock:
        return 0
    sent = request.headers.get(b"x-daysalt-now", b"")
    return int(sent) if sent.isdigit() and len(sent) <= MOST_CLOCK_DIGITS else 0


def announced_bytes(request: Request) -> int | None:
    """Return how long the body says to be, None when it does not say."""
    announced = request.headers.get(b"content-length", b"")
    return int(announced[:20]) if announced.isdigit() else None


async def read_body(request: Request, most: int = MOST_BODY_BYTES) -> bytes:
    """Return the whole body. Raises Problem with status 400, 408 or 413."""
    announced = announced_bytes(request)
    if announced is not None and announced > most + MOST_DISCARDED:
        raise _too_large(most, CutOff)
    message = await _next(request)
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        # Only a body that comes in parts is worth a timer.
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_on(request, body, most)
        except TimeoutError:
            text = f"The body must arrive within {BODY_SECONDS:.0f} seconds; send it at once."
            raise CutOff(408, "too_slow", None, text) from None
    if len(body) > most:
        raise _too_large(most)
    return body


async def _read_on(request: Request, start: bytes, most: int) -> bytes:
    parts, size, more = [start], len(start), True
    while more:
        message = await _next(request)
        part = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        elif size > most + MOST_DISCARDED:
            raise _too_large(most, CutOff)
        more = message.get("more_body", False)
    if size > most:
        raise _too_large(most)
    return b"".join(parts)


async def _next(request: Request) -> Message:
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise Problem(400, "incomplete", None, "The body ended early.")
    return message


def _too_large(most: int, kind: type[Problem] = Problem) -> Problem:
    text = f"The body may have at most {most} bytes; send fewer properties or events."
    return kind(413, "too_large", None, text)
