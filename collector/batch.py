"""Events that a server sends for its visitors: bytes to one project and its events. Pure."""

from typing import Annotated

import msgspec

from analytics_saas.client_ip import Address, parse_address
from collector.payload import Beacon, Revenue, require_project_id
from collector.problem import DECODING, Problem, not_json
from collector.wording import Foreign, Names, renamed

MOST_EVENTS = 1_000
# A thousand events of two kilobytes each.
MOST_BATCH_BYTES = 2_000_000
MOST_LANGUAGE = 40
NAMES: Names = {
    "p": "project_id", "n": "name", "u": "url", "r": "referrer", "m": "props", "$": "revenue",
    "$.a": "revenue.amount", "$.c": "revenue.currency", "i": "interactive", "w": "width",
    "e": "engaged_ms", "s": "scroll_depth",
}  # fmt: skip


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request: events of one project, still as they were sent."""

    project_id: str
    events: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Revenue."""

    amount: str | int | float
    currency: str


class ServerEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event as it is sent. There is no time: it is when it arrives."""

    name: str
    url: str
    ip: str
    user_agent: str
    language: str = ""
    referrer: str = ""
    props: dict[str, str | int | float | bool] = {}
    revenue: Amount | None = None
    interactive: bool = True
    width: int = 0
    engaged_ms: int = 0
    scroll_depth: int = 255


class Sent(msgspec.Struct, frozen=True):
    """One event that could be read: what happened, and the visitor to whom it did."""

    foreign: Foreign
    address: Address
    user_agent: str
    language: str


_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_event = msgspec.json.Decoder(ServerEvent).decode


def read_envelope(body: bytes) -> Envelope:
    """Decode a request as far as its events. Raises Problem with status 400."""
    try:
        envelope = _decode_envelope(body)
        require_project_id(envelope.project_id)
    except DECODING as error:
        raise not_json(error) from None
    except Problem as problem:
        raise renamed(problem, NAMES) from None
    return envelope


def read_event(raw: msgspec.Raw) -> Sent:
    """Decode one event. Raises Problem with status 400."""
    try:
        event = _decode_event(raw)
    except DECODING as error:
        raise not_json(error) from None
    address = parse_address(event.ip)
    if address is None:
        text = "`ip` must be the visitor's IPv4 or IPv6 address, such as 203.0.113.9."
        raise Problem(400, "invalid_field", "ip", text)
    if not event.user_agent:
        text = "`user_agent` is missing: send the visitor's, not your program's."
        raise Problem(400, "invalid_field", "user_agent", text)
    if len(event.language) > MOST_LANGUAGE or not event.language.isascii():
        text = f"`language` may have {MOST_LANGUAGE} ASCII characters, such as de-AT."
        raise Problem(400, "invalid_field", "language", text)
    return Sent(Foreign(_beacon(event), NAMES), address, event.user_agent, event.language)


def _beacon(event: ServerEvent) -> Beacon:
    return Beacon(
        p="",
        u=event.url,
        r=event.referrer,
        n=event.name,
        m=event.props,
        revenue=_revenue(event.revenue),
        i=event.interactive,
        w=event.width,
        e=event.engaged_ms,
        s=event.scroll_depth,
    )


def _revenue(given: Amount | None) -> Revenue | None:
    return None if given is None else Revenue(str(given.amount), given.currency)
