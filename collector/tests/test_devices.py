"""Browsers, systems and classes from user agents, and what client hints add."""

import pytest

from collector.enrich.device import Device, read_device
from collector.enrich.hints import MOST_HINT, browser_version, os_version
from collector.pipeline import MOST_ACCEPTED, language_of, run
from collector.tests.hits import hit

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
BRANDS = b'"Not?A_Brand";v="8", "Chromium";v="141.0.1", "Microsoft Edge";v="142.0.2"'


@pytest.mark.parametrize(
    ("text", "device"),
    [
        (f"(Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36",
         Device("Chrome", "140", "Windows", "10", "Desktop")),
        (f"(Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
         Device("Edge", "140", "Windows", "10", "Desktop")),
        (f"(Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/26.0 Safari/605.1.15",
         Device("Safari", "26", "macOS", "10.15", "Desktop")),
        (f"(iPhone; CPU iPhone OS 18_5 like Mac OS X) {APPLE} CriOS/140.0 Mobile/15E148"
         " Safari/604.1", Device("Chrome", "140", "iOS", "18", "Mobile")),
        (f"(iPad; CPU OS 18_5 like Mac OS X) {APPLE} Version/18.5 Mobile/15E148 Safari/604.1",
         Device("Safari", "18", "iOS", "18", "Tablet")),
        (f"(iPhone; CPU iPhone OS 18_5 like Mac OS X) {APPLE} Mobile/15E148",
         Device("iOS WebView", "", "iOS", "18", "Mobile")),
        (f"(Linux; Android 10; K) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36",
         Device("Chrome", "140", "Android", "10", "Mobile")),
        (f"(Linux; Android 13; SM-X700) {WEBKIT} Chrome/140.0.0.0 Safari/537.36",
         Device("Chrome", "140", "Android", "13", "Tablet")),
        (f"(Linux; Android 10; K) {WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile"
         " Safari/537.36", Device("Samsung Internet", "27", "Android", "10", "Mobile")),
        ("(Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
         Device("Firefox", "140", "Android", "14", "Mobile")),
        ("(X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         Device("Firefox", "140", "Linux", "", "Desktop")),
        (f"(SMART-TV; Linux; Tizen 6.0) {WEBKIT} Version/6.0 TV Safari/537.36",
         Device("Safari", "6", "Tizen", "6", "TV")),
    ],
)  # fmt: skip
def test_a_user_agent_is_read(text, device):
    """The same browser has one name everywhere."""
    assert read_device(f"Mozilla/5.0 {text}") == device


@pytest.mark.parametrize("text", ["x", "Mozilla/5.0", "\x00", "\xff" * 512, "(" * 512])
def test_any_text_is_read(text):
    """It says nothing, and nothing breaks."""
    assert read_device(text).browser == ""


@pytest.mark.parametrize(
    ("brands", "browser", "version"),
    [
        (BRANDS, "Edge", "142"),
        (BRANDS, "Chrome", ""),
        (BRANDS, "Chromium", "141"),
        (b'"Google Chrome";v="99"', "Chrome", "99"),
        (b'"Google Chrome";v="99999"', "Chrome", ""),
        (b'"Google Chrome";v="x"', "Chrome", ""),
        (b'"""";;;\xff', "Chrome", ""),
        (b'"' * 5_000, "Chrome", ""),
    ],
)
def test_a_browser_has_the_version_of_its_own_brand(brands, browser, version):
    """And none from another's, or from garbage."""
    assert browser_version(brands, browser) == version


@pytest.mark.parametrize(
    ("platform", "sent", "system", "version"),
    [
        (b'"Windows"', b'"15.0.0"', "Windows", "11"),
        (b'"Windows"', b'"13.0.0"', "Windows", "11"),
        (b'"Windows"', b'"10.0.0"', "Windows", "10"),
        (b'"Windows"', b'"0.3.0"', "Windows", "8.1"),
        (b'"Windows"', b'"0.9"', "Windows", ""),
        (b'"macOS"', b'"15.6.1"', "macOS", "15"),
        (b'"Android"', b'"16.0.0"', "Android", "16"),
        (b'"Android"', b'"16.0.0"', "iOS", ""),
        (b'"Windows"', b'"15.0.0"', "macOS", ""),
        (b'"Linux"', b'""', "Linux", ""),
        (b'"Windows"', b'"x"', "Windows", ""),
        (b"\xff", b"\xff", "", ""),
    ],
)
def test_a_system_has_the_version_of_its_own_hints(platform, sent, system, version):
    """Windows 11 tells that it is Windows 10 in every other way."""
    assert os_version(platform, sent, system) == version


def test_long_headers_are_not_remembered_whole():
    """Or anybody could fill the memory of a process with them."""
    for cached in (browser_version, os_version, language_of):
        cached.cache_clear()
    for end in "abc":
        hints, language = "x" * MOST_HINT + end, "de" + " " * MOST_ACCEPTED + end
        headers = {"sec-ch-ua": hints, "sec-ch-ua-platform-version": hints}
        headers |= {"sec-ch-ua-platform": hints, "accept-language": language}
        assert run(hit(headers=headers)).language == "de"
    for cached in (browser_version, os_version, language_of):
        assert cached.cache_info().currsize == 1
