"""The endpoints that browsers call: one beacon each."""

from collections.abc import Callable

from collector import pixel, plausible
from collector.door.admission import admit_address, admit_events
from collector.door.answers import NO_STORE, TEXT, Answer, Header
from collector.door.appending import append
from collector.door.hits import ACCEPTED, make_hit
from collector.door.requests import (
    Request,
    Visitor,
    asked_time,
    read_body,
    require_plain_body,
    visitor_of,
)
from collector.door.rulebook import find_rules
from collector.payload import Beacon, Payload, check_beacon, read_beacon

GIF: Header = (b"content-type", b"image/gif")


async def pageview(request: Request) -> Answer:
    """POST /pageview."""
    beacon, visitor = await _receive(request)
    reason = await _count(request, visitor, beacon.p, lambda: check_beacon(beacon, True))
    return 202, _said(reason), b""


async def event(request: Request) -> Answer:
    """POST /event."""
    beacon, visitor = await _receive(request)
    reason = await _count(request, visitor, beacon.p, lambda: check_beacon(beacon, False))
    return 202, _said(reason), b""


async def plausible_event(request: Request) -> Answer:
    """POST /api/event, as Plausible's own clients send it and want it answered."""
    visitor = _admit(request)
    foreign = plausible.read_event(await read_body(request))
    project, field = foreign.beacon.p, foreign.names["p"]
    reason = await _count(request, visitor, project, foreign.check, field)
    told: list[Header] = [] if reason == ACCEPTED else [(b"x-plausible-dropped", b"1")]
    return 202, [TEXT, *_said(reason), *told], b"ok"


async def no_script(request: Request) -> Answer:
    """GET /p.gif; to ask for its headers alone counts nothing."""
    headers = [GIF, NO_STORE]
    if request.scope["method"] == "HEAD":
        return 200, headers, b""
    visitor = visitor_of(request)
    admit_address(visitor.address, asked_time(request))
    referer = request.headers.get(b"referer", b"").decode("latin-1")
    beacon = pixel.read_query(request.scope.get("query_string", b""), referer)
    reason = await _count(request, visitor, beacon.p, lambda: check_beacon(beacon, True))
    return 200, [*headers, *_said(reason)], pixel.GIF


async def _receive(request: Request) -> tuple[Beacon, Visitor]:
    visitor = _admit(request)
    return read_beacon(await read_body(request)), visitor


def _admit(request: Request) -> Visitor:
    require_plain_body(request)
    visitor = visitor_of(request)
    admit_address(visitor.address, asked_time(request))
    return visitor


async def _count(
    request: Request, visitor: Visitor, project: str, check: Callable[[], Payload], field: str = "p"
) -> str:
    """Let the project in, then check the rest and put it on disk; return what the ledger says."""
    at = asked_time(request)
    rules = await find_rules(project, field)
    admit_events(rules, at)
    return await append(await make_hit(check(), rules, visitor, at), at)


def _said(reason: str) -> list[Header]:
    if reason == ACCEPTED:
        return []
    # A bot is not told by which of its names it is known.
    return [(b"x-daysalt-dropped", reason.partition(":")[0].encode())]
