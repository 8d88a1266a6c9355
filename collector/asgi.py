"""The front door: a raw ASGI app that finds the room of a request and sends its answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from analytics_saas.redis import cache_async
from collector import salts
from collector.door import admission, appending, batches, beacons
from collector.door.answers import ORIGIN, PREFLIGHT, TEXT, Answer, nothing_here, refusal
from collector.door.metrics import metrics, tell, tell_for_ever
from collector.door.requests import CutOff, Message, Receive, Request, Scope, read_request
from collector.door.tracker import tracker
from collector.limits import settle_for_ever
from collector.problem import Problem
from collector.tally import count_status

log = logging.getLogger(__name__)

Send = Callable[[Message], Awaitable[None]]
Room = Callable[[Request], Awaitable[Answer]]


async def healthz(request: Request) -> Answer:
    """Say that the process lives; nothing else is asked."""
    return 200, [TEXT], b"ok\n"


ROOMS: dict[str, tuple[tuple[str, ...], Room]] = {
    "/pageview": (("POST",), beacons.pageview),
    "/event": (("POST",), beacons.event),
    "/api/event": (("POST",), beacons.plausible_event),
    "/api/v1/events": (("POST",), batches.server_events),
    "/p.gif": (("GET", "HEAD"), beacons.no_script),
    "/js/d.js": (("GET", "HEAD"), tracker),
    "/healthz": (("GET", "HEAD"), healthz),
    "/metrics": (("GET", "HEAD"), metrics),
}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request, or follow the server's life."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    try:
        status, extra, body = await _answer(scope, receive)
    except Problem as problem:
        status, extra, body = refusal(problem)
        if isinstance(problem, CutOff):
            extra.append((b"connection", b"close"))
    except Exception:
        log.exception("a request failed")
        status, extra, body = refusal(Problem(500, "internal", None, "Something went wrong."))
    count_status(status)
    length = (b"content-length", str(len(body)).encode())
    headers = [ORIGIN, *extra, length]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _answer(scope: Scope, receive: Receive) -> Answer:
    method, room = scope["method"], ROOMS.get(scope["path"])
    if room is None:
        raise nothing_here()
    allowed, answer = room
    if method not in allowed:
        return _other_method(method, allowed)
    return await answer(read_request(scope, receive))


def _other_method(method: str, allowed: tuple[str, ...]) -> Answer:
    if method == "OPTIONS":
        return 204, [*PREFLIGHT, (b"allow", ", ".join((*allowed, "OPTIONS")).encode())], b""
    message = f"Send a request of method {' or '.join(allowed)}."
    status, extra, body = refusal(Problem(405, "method_not_allowed", None, message))
    return status, [*extra, (b"allow", ", ".join(allowed).encode())], body


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    appending.start()
    salts.start()
    settling = asyncio.create_task(settle_for_ever(admission.limits, cache_async()))
    telling = asyncio.create_task(tell_for_ever())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    settling.cancel()
    telling.cancel()
    await appending.finish()
    tell()
    salts.stop()
    await send({"type": "lifespan.shutdown.complete"})
