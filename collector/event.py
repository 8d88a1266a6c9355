"""One raw row as it travels in the stream: no address, no user agent, no salt."""

from typing import Annotated

import msgspec

VERSION = 1

# What the columns hold. Only decoding checks it, so that no value can stop an insert for ever.
UInt8 = Annotated[int, msgspec.Meta(ge=0, le=0xFF)]
UInt32 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF)]
UInt64 = Annotated[int, msgspec.Meta(ge=0)]
Minutes = Annotated[int, msgspec.Meta(ge=-0x8000, le=0x7FFF)]
Days = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
# The ledger's minutes end in 2106, and with them everything.
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF_FFFF * 1000)]
Money = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,3})?\Z")]


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Fields in the order of table `events`, less those that the drain adds.

    `local_date` is days since 1970-01-01, `timestamp` milliseconds since the epoch,
    `utc_offset` minutes, `revenue` decimal text, `scroll_depth` percent or 255 for none.
    """

    project_id: UInt32
    local_date: Days
    timestamp: Milliseconds
    utc_offset: Minutes
    name: str
    visitor_id: UInt64
    hostname: str
    path: str
    referrer: str
    source: str
    channel: str
    utm_source: str
    utm_medium: str
    utm_campaign: str
    utm_content: str
    utm_term: str
    click_id_name: str
    country: str
    region: str
    city: UInt32
    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    screen: str
    language: str
    props: dict[str, str]
    revenue: Money
    currency: str
    interactive: UInt8
    engaged_ms: UInt32
    scroll_depth: UInt8


FIELDS = Event.__struct_fields__
PLACES = {name: place for place, name in enumerate(FIELDS)}
# What a visit takes from its first page view or event, and its later events from it.
ORIGIN = FIELDS[PLACES["referrer"] : PLACES["language"] + 1]
