"""One raw row as it travels in the stream: no address, no user agent, no salt."""

import msgspec

VERSION = 1


class Event(msgspec.Struct, frozen=True, array_like=True):
    """Fields in the order of table `events`, less those that the drain adds.

    `local_date` is days since 1970-01-01, `timestamp` milliseconds since the epoch,
    `utc_offset` minutes, `revenue` decimal text, `scroll_depth` percent or 255 for none.
    """

    project_id: int
    local_date: int
    timestamp: int
    utc_offset: int
    name: str
    visitor_id: int
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
    city: int
    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str
    screen: str
    language: str
    props: dict[str, str]
    revenue: str
    currency: str
    interactive: int
    engaged_ms: int
    scroll_depth: int
