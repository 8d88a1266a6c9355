"""Versions in client hints (`Sec-CH-UA…`), no longer told in the user agent. Pure."""

import re
from functools import lru_cache

# What a browser that we name is called in its hints.
BRANDS = {
    "Chrome": "Google Chrome",
    "Edge": "Microsoft Edge",
    "Opera": "Opera",
    "Samsung Internet": "Samsung Internet",
    "Yandex Browser": "YaBrowser",
    "Android WebView": "Android WebView",
}
PLATFORMS = {"Windows": "Windows", "macOS": "macOS", "Android": "Android", "ChromeOS": "Chrome OS"}
BRAND = re.compile(r'"([^"]{1,60})"\s*;\s*v="(\d{1,4})(?:\.[\d.]{0,20})?"')
VERSION = re.compile(r'"(\d{1,3})(?:\.(\d{1,3}))?(?:\.[\d.]{0,20})?"')
# Answers are remembered with what was asked, so nobody may ask with more than this.
MOST_HINT = 512
# Windows tells the version of an interface of its own: 13 and later is Windows 11.
WINDOWS_11 = 13
OLD_WINDOWS = {"0.1": "7", "0.2": "8", "0.3": "8.1"}


# Both are bounded, and keep nothing that names a visitor.
@lru_cache(5_000)
def browser_version(brands: bytes, browser: str) -> str:
    """Return the major version of a browser by its own brand, '' when that is not among them."""
    found: dict[str, str] = dict(BRAND.findall(brands.decode("latin-1")))
    return found.get(BRANDS.get(browser, browser), "")


@lru_cache(5_000)
def os_version(platform: bytes, version: bytes, system: str) -> str:
    """Return the version of a system; '' for none, and when the hints are of another system."""
    if platform.decode("latin-1").strip('" ') != PLATFORMS.get(system):
        return ""
    found = VERSION.fullmatch(version.decode("latin-1").strip())
    if not found:
        return ""
    major, minor = int(found[1]), found[2] or "0"
    if system != "Windows":
        return f"{major}" if major else ""
    if major == 0:
        return OLD_WINDOWS.get(f"0.{minor}", "")
    return "11" if major >= WINDOWS_11 else "10"
