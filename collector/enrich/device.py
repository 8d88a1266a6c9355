"""Browser, operating system and device class: named by the user agent, refined by client hints."""

import re
from functools import lru_cache
from typing import NamedTuple

import ua_parser

from collector.enrich.hints import MOST_HINT, browser_version, os_version
from collector.hit import Fields, Hit

TV = re.compile(r"\b(smart-?tv|tv|appletv|googletv|hbbtv|roku|webos|tizen.*tv|crkey)\b", re.I)
TABLET = re.compile(r"ipad|tablet|kindle|silk|android(?!.*mobi)", re.I)
MOBILE = re.compile(r"mobi", re.I)
# The same browser under the names that it has elsewhere.
BROWSERS = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Android WebView",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "iOS WebView",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Opera Mobile": "Opera",
    "DuckDuckGo Mobile": "DuckDuckGo",
}
SYSTEMS = {"Mac OS X": "macOS", "Chrome OS": "ChromeOS"} | dict.fromkeys(
    ("Ubuntu", "Debian", "Fedora", "Linux Mint"), "Linux"
)


class Device(NamedTuple):
    """What a user agent says; '' where it says nothing."""

    browser: str
    browser_version: str
    os: str
    os_version: str
    device: str


def recognise_device(hit: Hit, _: Fields) -> Fields:
    """Name browser, system and class by the user agent alone; client hints know later versions.

    So a visitor is the same whether hints are sent or not.
    """
    found = read_device(hit.user_agent)
    version, system_version = found.browser_version, found.os_version
    if hints := hit.headers.get(b"sec-ch-ua"):
        version = browser_version(hints[:MOST_HINT], found.browser) or version
    if hints := hit.headers.get(b"sec-ch-ua-platform-version"):
        platform = hit.headers.get(b"sec-ch-ua-platform", b"")[:MOST_HINT]
        system_version = os_version(platform, hints[:MOST_HINT], found.os) or system_version
    return {
        "browser": found.browser,
        "browser_version": version,
        "os": found.os,
        "os_version": system_version,
        "device": found.device,
    }


@lru_cache(5_000)
def read_device(user_agent: str) -> Device:
    """Parse a user agent of at most 512 characters."""
    parsed = ua_parser.parse(user_agent)
    browser, system = parsed.user_agent, parsed.os
    return Device(
        browser=BROWSERS.get(browser.family, browser.family) if browser else "",
        browser_version=(browser.major or "") if browser else "",
        os=SYSTEMS.get(system.family, system.family) if system else "",
        os_version=_system_version(system) if system else "",
        device=device_class(user_agent),
    )


def _system_version(system: ua_parser.OS) -> str:
    """Return the major version; of macOS 10 its minor one too, since that was its version."""
    if system.family == "Mac OS X" and system.major == "10" and system.minor:
        return f"10.{system.minor}"
    return system.major or ""


def device_class(user_agent: str) -> str:
    """Return Desktop, Mobile, Tablet or TV."""
    if TV.search(user_agent):
        return "TV"
    if TABLET.search(user_agent):
        return "Tablet"
    return "Mobile" if MOBILE.search(user_agent) else "Desktop"
