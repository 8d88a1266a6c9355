"""From a hit to an event, readable top to bottom. Decoding and the project come first: the door.

A step is given the hit and the fields of the event found so far. It returns those that it adds,
or drops the event, and touches nothing else.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from collector.enrich.channel import choose_channel
from collector.enrich.device import recognise_device
from collector.enrich.geo import locate
from collector.enrich.source import name_source
from collector.enrich.url import name_page, read_campaign
from collector.event import Event
from collector.gate import (
    check_bot,
    check_country,
    check_hosting,
    check_hostname,
    check_network,
    check_page,
    check_prefetch,
    check_privacy_signals,
    check_quota,
)
from collector.hit import Fields, Hit
from collector.payload import MOST_WIDTH
from collector.visitor import visitor_id

SCREENS = ((576, "Mobile"), (992, "Tablet"), (1440, "Laptop"), (MOST_WIDTH + 1, "Desktop"))
EPOCH = date(1970, 1, 1)
UNIX = datetime(1970, 1, 1, tzinfo=UTC)
# Of a header that is remembered with its language.
MOST_ACCEPTED = 64
MILLISECOND = timedelta(milliseconds=1)


def run(hit: Hit) -> Event:
    """Return the event to store. Raises Drop with its reason."""
    fields: Fields = {}
    for step in STEPS:
        found = step(hit, fields)
        if found:
            fields.update(found)
    return Event(**fields)


def tell_time(hit: Hit, _: Fields) -> Fields:
    """Give the event its time, on the project's own day."""
    offset = hit.local.utcoffset()
    assert offset is not None
    return {
        "project_id": hit.rules.id,
        "local_date": (hit.local.date() - EPOCH).days,
        "timestamp": (hit.now - UNIX) // MILLISECOND,
        "utc_offset": int(offset.total_seconds()) // 60,
    }


def hash_visitor(hit: Hit, _: Fields) -> Fields:
    """Forget address and user agent in a number that means something on one day only."""
    return {"visitor_id": visitor_id(hit.salt, hit.rules.id, hit.address, hit.user_agent)}


def keep_payload(hit: Hit, _: Fields) -> Fields:
    """Take over what the page itself told."""
    payload = hit.payload
    return {
        "name": payload.name,
        "screen": screen_class(payload.width),
        "language": language_of(hit.headers.get(b"accept-language", b"")[:MOST_ACCEPTED]),
        "props": payload.props,
        "revenue": payload.amount,
        "currency": payload.currency,
        "interactive": int(payload.interactive),
        "engaged_ms": payload.engaged_ms,
        "scroll_depth": payload.scroll,
    }


def screen_class(width: int) -> str:
    """Name a viewport width in CSS pixels, '' when none was sent."""
    if not width:
        return ""
    return next(name for most, name in SCREENS if width < most)


@lru_cache(1_000)
def language_of(accepted: bytes) -> str:
    """Return the first language of Accept-Language without its country, '' for none."""
    first = accepted.decode("latin-1").partition(",")[0].partition(";")[0].strip()
    language = first.partition("-")[0].lower()
    return language if 2 <= len(language) <= 8 and language.isascii() and language.isalpha() else ""


Step = Callable[[Hit, Fields], Fields | None]

STEPS: tuple[Step, ...] = (
    check_privacy_signals,
    check_prefetch,
    check_hostname,
    check_quota,
    check_network,
    check_page,
    locate,
    check_country,
    check_bot,
    check_hosting,
    tell_time,
    name_page,
    read_campaign,
    name_source,
    choose_channel,
    recognise_device,
    hash_visitor,
    keep_payload,
)
