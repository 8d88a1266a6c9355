"""From a hit to an event, readable top to bottom."""

from datetime import UTC, date, datetime, timedelta

from collector.enrich.device import read_device
from collector.enrich.geo import country_of
from collector.enrich.source import read_source
from collector.enrich.url import read_page
from collector.event import Event
from collector.gate import (
    check_bot,
    check_country,
    check_hostname,
    check_network,
    check_page,
    check_privacy_signals,
)
from collector.hit import Hit
from collector.payload import MOST_WIDTH
from collector.visitor import visitor_id

GATE = (
    check_privacy_signals,
    check_hostname,
    check_network,
    check_country,
    check_page,
    check_bot,
)
SCREENS = ((576, "Mobile"), (992, "Tablet"), (1440, "Laptop"), (MOST_WIDTH + 1, "Desktop"))
EPOCH = date(1970, 1, 1)
UNIX = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def run(hit: Hit) -> Event:
    """Return the event to store. Raises Drop with its reason."""
    for check in GATE:
        check(hit)
    payload = hit.payload
    page = read_page(payload.url, payload.hash_routing, hit.rules)
    source = read_source(payload.referrer, page.hostname, page.utm[0])
    device = read_device(hit.user_agent)
    offset = hit.local.utcoffset()
    assert offset is not None
    return Event(
        project_id=hit.rules.id,
        local_date=(hit.local.date() - EPOCH).days,
        timestamp=(hit.now - UNIX) // MILLISECOND,
        utc_offset=int(offset.total_seconds()) // 60,
        name=payload.name,
        visitor_id=visitor_id(hit.salt, hit.rules.id, hit.address, hit.user_agent),
        hostname=page.hostname,
        path=page.path,
        referrer=source.referrer,
        source=source.source,
        channel=source.channel,
        utm_source=page.utm[0],
        utm_medium=page.utm[1],
        utm_campaign=page.utm[2],
        utm_content=page.utm[3],
        utm_term=page.utm[4],
        click_id_name=page.click_id_name,
        country=country_of(hit.address),
        region="",
        city=0,
        browser=device.browser,
        browser_version=device.browser_version,
        os=device.os,
        os_version=device.os_version,
        device=device.device,
        screen=screen_class(payload.width),
        language=hit.language,
        props=payload.props,
        revenue=payload.amount,
        currency=payload.currency,
        interactive=int(payload.interactive),
        engaged_ms=payload.engaged_ms,
        scroll_depth=payload.scroll,
    )


def screen_class(width: int) -> str:
    """Name a viewport width in CSS pixels, '' when none was sent."""
    if not width:
        return ""
    return next(name for most, name in SCREENS if width < most)
