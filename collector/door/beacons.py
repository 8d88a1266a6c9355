"""The endpoints that browsers call: one beacon each."""

from collector.door.admission import admit_events, admit_request
from collector.door.answers import Answer, Header
from collector.door.appending import append
from collector.door.hits import ACCEPTED, make_hit
from collector.door.requests import (
    Request,
    asked_time,
    read_body,
    require_plain_body,
    visitor_of,
)
from collector.door.rulebook import find_rules
from collector.payload import check_beacon, read_beacon

DROPPED = b"x-daysalt-dropped"


async def pageview(request: Request) -> Answer:
    """POST /pageview."""
    return 202, _said(await _collect(request, is_pageview=True)), b""


async def event(request: Request) -> Answer:
    """POST /event."""
    return 202, _said(await _collect(request, is_pageview=False)), b""


async def _collect(request: Request, is_pageview: bool) -> str:
    require_plain_body(request)
    visitor = visitor_of(request)
    at = asked_time(request)
    admit_request(visitor, at)
    beacon = read_beacon(await read_body(request))
    rules = await find_rules(beacon.p)
    admit_events(rules, at)
    payload = check_beacon(beacon, is_pageview)
    return await append(await make_hit(payload, rules, visitor, at), at)


def _said(reason: str) -> list[Header]:
    return [] if reason == ACCEPTED else [(DROPPED, reason.encode())]
