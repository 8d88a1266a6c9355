"""Browser, operating system and device class, from the user agent alone."""

import re
from functools import lru_cache
from typing import NamedTuple

import ua_parser

from collector.hit import Fields, Hit

TV = re.compile(r"\b(smart-?tv|tv|appletv|googletv|hbbtv|roku|webos|tizen.*tv|crkey)\b", re.I)
TABLET = re.compile(r"ipad|tablet|kindle|silk|android(?!.*mobi)", re.I)
MOBILE = re.compile(r"mobi", re.I)


class Device(NamedTuple):
    """What a user agent says; '' where it says nothing."""

    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str


def recognise_device(hit: Hit, _: Fields) -> Fields:
    """Name browser, operating system and class of device."""
    return read_device(hit.user_agent)._asdict()


@lru_cache(5_000)
def read_device(user_agent: str) -> Device:
    """Parse a user agent of at most 512 characters."""
    parsed = ua_parser.parse(user_agent)
    browser, system = parsed.user_agent, parsed.os
    return Device(
        browser=browser.family if browser else "",
        browser_version=(browser.major or "") if browser else "",
        os=system.family if system else "",
        os_version=(system.major or "") if system else "",
        device=device_class(user_agent),
    )


def device_class(user_agent: str) -> str:
    """Return Desktop, Mobile, Tablet or TV."""
    if TV.search(user_agent):
        return "TV"
    if TABLET.search(user_agent):
        return "Tablet"
    return "Mobile" if MOBILE.search(user_agent) else "Desktop"
