"""Every step of the pipeline in one table: what is given, and the event or the drop it makes."""

from dataclasses import replace
from ipaddress import ip_address
from typing import NamedTuple

import pytest

from analytics_saas.env import env
from collector import gate, pipeline
from collector.drops import Drop, DropReason
from collector.enrich import channel, device, geo, hosting, source, url
from collector.enrich.mmdb import Mmdb
from collector.tests.door import CHROME
from collector.tests.files import city, write_mmdb
from collector.tests.hits import SALT, hit
from collector.visitor import visitor_id

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GPTBOT = "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.3; +https://openai.com/gptbot)"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)
HINTS = {
    "sec-ch-ua": '"Chromium";v="141", "Google Chrome";v="141", "Not?A_Brand";v="8"',
    "sec-ch-ua-platform": '"Windows"',
    "sec-ch-ua-platform-version": '"15.0.0"',
}
VISITOR = visitor_id(SALT, 7, ip_address("203.0.113.9"), CHROME)
CDN = {"cf-ipcountry": "DE", "x-region": "be"}


class Row(NamedTuple):
    """A step, what is sent, and fields of the event, or the reason and detail of a drop."""

    step: object
    name: str
    given: dict
    expected: object


def page(address, **more):
    """What is given for one address of a page."""
    return {"beacon": {"u": f"https://shop.example{address}"}, **more}


def dropped(reason, detail=""):
    """What is expected of a drop."""
    return (reason, detail)


ROWS = [
    Row(gate.check_privacy_signals, "GPC is respected",
        {"headers": {"sec-gpc": "1"}}, dropped(DropReason.PRIVACY_SIGNAL)),
    Row(gate.check_privacy_signals, "DNT is respected",
        {"headers": {"dnt": "1"}}, dropped(DropReason.PRIVACY_SIGNAL)),
    Row(gate.check_privacy_signals, "a project may count them",
        {"headers": {"sec-gpc": "1"}, "rules": {"respect_privacy_signals": False}},
        {"path": "/a"}),
    Row(gate.check_privacy_signals, "DNT: 0 is no wish",
        {"headers": {"dnt": "0"}}, {"path": "/a"}),
    Row(gate.check_prefetch, "a prerendered page has no reader",
        {"headers": {"sec-purpose": "prefetch;prerender"}}, dropped(DropReason.PREFETCH)),
    Row(gate.check_prefetch, "a preview has no reader",
        {"headers": {"purpose": "preview"}}, dropped(DropReason.PREFETCH)),
    Row(gate.check_prefetch, "nor has what old Firefox fetched ahead",
        {"headers": {"x-moz": "prefetch"}}, dropped(DropReason.PREFETCH)),
    Row(gate.check_hostname, "a listed host is counted",
        {"rules": {"hostnames": ("shop.example",)}}, {"hostname": "shop.example"}),
    Row(gate.check_hostname, "a foreign host is not",
        {"rules": {"hostnames": ("other.example",)}}, dropped(DropReason.HOSTNAME)),
    Row(gate.check_quota, "a project far beyond its plan",
        {"rules": {"over_quota": True}}, dropped(DropReason.QUOTA)),
    Row(gate.check_network, "one address is blocked",
        {"rules": {"blocked_networks": ("203.0.113.9",)}}, dropped(DropReason.NETWORK)),
    Row(gate.check_network, "its neighbour is not",
        {"rules": {"blocked_networks": ("203.0.113.8",)}}, {"path": "/a"}),
    Row(gate.check_network, "one of several networks",
        {"rules": {"blocked_networks": ("10.0.0.0/8", "203.0.113.0/24")}},
        dropped(DropReason.NETWORK)),
    Row(gate.check_network, "a network of version 6",
        {"rules": {"blocked_networks": ("2001:db8::/32",)}, "address": "2001:db8:1::1"},
        dropped(DropReason.NETWORK)),
    Row(gate.check_network, "which holds no address of version 4",
        {"rules": {"blocked_networks": ("2001:db8::/32",)}}, {"path": "/a"}),
    Row(gate.check_page, "a page below a blocked one",
        page("/admin/a/b", rules={"blocked_pages": ("/admin/**",)}), dropped(DropReason.PAGE)),
    Row(gate.check_page, "one star stays in its segment",
        page("/admin/a/b", rules={"blocked_pages": ("/admin/*",)}), {"path": "/admin/a/b"}),
    Row(gate.check_page, "a page is blocked by the path that was sent",
        {"rules": {"blocked_pages": ("/a",), "page_masks": ("/a*",)}}, dropped(DropReason.PAGE)),
    Row(geo.locate, "tables know a country", {"address": "8.8.8.8"}, {"country": "US", "city": 0}),
    Row(geo.locate, "a private address is nowhere", {"address": "10.0.0.1"}, {"country": ""}),
    Row(geo.locate, "a file knows region and city",
        {"address": "198.51.100.7"}, {"country": "DE", "region": "DE-BE", "city": 2950159}),
    Row(geo.locate, "a trusted CDN tells more",
        {"address": "198.51.100.7", "headers": CDN | {"cf-ipcountry": "FR"}, "proxy": True},
        {"country": "FR", "region": "FR-BE", "city": 0}),
    Row(geo.locate, "nobody else is believed",
        {"address": "8.8.8.8", "headers": CDN}, {"country": "US", "region": ""}),
    Row(geo.locate, "a CDN may not know",
        {"address": "8.8.8.8", "headers": {"cf-ipcountry": "XX"}, "proxy": True},
        {"country": "US"}),
    Row(gate.check_country, "a country is blocked",
        {"address": "8.8.8.8", "rules": {"blocked_countries": ("US",)}},
        dropped(DropReason.COUNTRY)),
    Row(gate.check_country, "others are not",
        {"address": "8.8.8.8", "rules": {"blocked_countries": ("DE", "FR")}}, {"country": "US"}),
    Row(gate.check_country, "nor is an unknown place",
        {"rules": {"blocked_countries": ("US",)}}, {"country": ""}),
    Row(gate.check_bot, "a crawler is counted by name",
        {"user_agent": GOOGLEBOT}, dropped(DropReason.BOT, "Googlebot")),
    Row(gate.check_bot, "an AI's by its vendor",
        {"user_agent": GPTBOT}, dropped(DropReason.AI_CRAWLER, "OpenAI")),
    Row(gate.check_bot, "a tool that the list lacks",
        {"user_agent": "PostmanRuntime/7.43"}, dropped(DropReason.BOT, "Postman")),
    Row(gate.check_bot, "an agent that signs its requests",
        {"headers": {"signature-agent": '"https://chatgpt.com"'}},
        dropped(DropReason.AI_CRAWLER, "OpenAI")),
    Row(gate.check_bot, "a headless browser in disguise",
        {"headers": {"sec-ch-ua": '"HeadlessChrome";v="141"', "accept-language": "en"}},
        dropped(DropReason.BOT, "Headless browser")),
    Row(gate.check_hosting, "a rented machine",
        {"address": "192.0.2.1"}, dropped(DropReason.HOSTING)),
    Row(gate.check_hosting, "an access provider's network",
        {"address": "192.0.2.200"}, {"path": "/a"}),
    Row(pipeline.tell_time, "the day is the project's own",
        {}, {"local_date": 20454, "timestamp": 1767207600250, "utc_offset": 330, "project_id": 7}),
    Row(url.name_page, "host and path", page("/caf%C3%A9"), {"path": "/caf%C3%A9"}),
    Row(url.name_page, "a bare host is /", page(""), {"path": "/", "hostname": "shop.example"}),
    Row(url.name_page, "the query is dropped", page("/a?token=1"), {"path": "/a"}),
    Row(url.name_page, "so is the fragment", page("/a#b"), {"path": "/a"}),
    Row(url.name_page, "but for a route",
        {"beacon": {"u": "https://shop.example/a#/b?c", "h": 1}}, {"path": "/a#/b"}),
    Row(url.name_page, "the project's rules",
        page("/User/7/", rules={"lowers_paths": True, "page_masks": ("/user/*/",)}),
        {"path": "/user/*/"}),
    Row(url.name_page, "a parameter that the project lists tells pages apart",
        page("/a?x=1&B=%C3%BC%26&id=7&token=1", rules={"page_parameters": ("id", "b", "c")}),
        {"path": "/a?id=7&b=%C3%BC%26"}),
    Row(url.name_page, "but not those that are counted as one",
        page("/user/7?id=7", rules={"page_parameters": ("id",), "page_masks": ("/user/*",)}),
        {"path": "/user/*"}),
    Row(url.name_page, "and a click id is never kept",
        page("/a?gclid=secret", rules={"page_parameters": ("gclid",)}), {"path": "/a"}),
    Row(url.read_campaign, "UTM, in any letters",
        page("/?utm_source=a&UTM_Medium=b&utm_campaign=c&utm_content=d&utm_term=e+f&x=y"),
        {"utm_source": "a", "utm_medium": "b", "utm_campaign": "c", "utm_content": "d",
         "utm_term": "e f"}),
    Row(url.read_campaign, "of a click id the name",
        page("/?gclid=secret"), {"click_id_name": "gclid"}),
    Row(url.read_campaign, "ref is a source and no UTM",
        page("/?ref=friend"), {"source": "friend", "utm_source": ""}),
    Row(url.read_campaign, "source goes before ref",
        page("/?ref=friend&source=other"), {"source": "other"}),
    Row(source.name_source, "nothing",
        {}, {"source": "Direct / None", "referrer": "", "channel": "Direct"}),
    Row(source.name_source, "a search engine in a country's domain",
        {"beacon": {"r": "https://www.google.co.uk/search?q=secret"}},
        {"source": "Google", "referrer": "www.google.co.uk/search"}),
    Row(source.name_source, "the site itself is no source",
        {"beacon": {"r": "https://www.shop.example/b"}},
        {"source": "Direct / None", "referrer": ""}),
    Row(source.name_source, "nor are its other hosts",
        {"beacon": {"r": "https://pay.example/b"}, "rules": {"hostnames": ("shop.example",
         "pay.example")}},
        {"source": "Direct / None", "referrer": ""}),
    Row(source.name_source, "the campaign goes before the referrer",
        {"beacon": {"u": "https://shop.example/?utm_source=fb", "r": "https://www.google.com/"}},
        {"source": "Facebook", "referrer": "www.google.com/", "utm_source": "fb"}),
    Row(source.name_source, "the click id where nothing else is known",
        page("/?msclkid=1"), {"source": "Bing", "channel": "Paid Search"}),
    Row(channel.choose_channel, "a paid medium",
        page("/?utm_source=google&utm_medium=CPC"), {"channel": "Paid Search"}),
    Row(channel.choose_channel, "an AI assistant",
        page("/?utm_source=chatgpt.com"), {"channel": "AI Assistants", "source": "ChatGPT"}),
    Row(channel.choose_channel, "a click id that is no payment",
        page("/?fbclid=1"), {"channel": "Organic Social", "source": "Facebook"}),
    Row(device.recognise_device, "a telephone",
        {"user_agent": IPHONE},
        {"browser": "Safari", "browser_version": "18", "os": "iOS", "os_version": "18",
         "device": "Mobile"}),
    Row(device.recognise_device, "hints know later versions",
        {"user_agent": WINDOWS, "headers": HINTS},
        {"browser": "Chrome", "browser_version": "141", "os": "Windows", "os_version": "11"}),
    Row(device.recognise_device, "of the same system only",
        {"user_agent": IPHONE, "headers": HINTS},
        {"browser": "Safari", "browser_version": "18", "os": "iOS", "os_version": "18"}),
    Row(pipeline.hash_visitor, "a number of this salt", {}, {"visitor_id": VISITOR}),
    Row(pipeline.keep_payload, "what the page told",
        {"beacon": {"n": "Buy", "m": {"plan": "pro"}, "$": {"a": "12.9", "c": "eur"}, "i":
         False, "w": 800}, "headers": {"accept-language": "de-CH,de;q=0.9"}},
        {"name": "Buy", "props": {"plan": "pro"}, "revenue": "12.900", "currency": "EUR",
         "interactive": 0, "screen": "Tablet", "language": "de"}),
    Row(pipeline.keep_payload, "how long it was read",
        {"beacon": {"n": "engagement", "e": 5000, "s": 70}},
        {"engaged_ms": 5000, "scroll_depth": 70, "screen": "", "language": ""}),
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def operators_files(tmp_path_factory):
    """An installation whose operator knows places and networks, and has a CDN in front."""
    folder = tmp_path_factory.mktemp("mmdb")
    places = {"198.51.100.0/24": city("DE", 2_950_159, iso_code="BE")}
    networks = {
        "192.0.2.0/25": {"autonomous_system_number": 24940},
        "192.0.2.128/25": {"autonomous_system_number": 3320},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geo, "_file", Mmdb(write_mmdb(folder / "city.mmdb", places)))
        patch.setattr(hosting, "_file", Mmdb(write_mmdb(folder / "asn.mmdb", networks)))
        headers = {"geo_country_header": "cf-ipcountry", "geo_region_header": "x-region"}
        patch.setattr(geo, "env", replace(env, **headers))
        yield


def outcome(row):
    """What the pipeline makes of a row, told in the row's own fields."""
    try:
        event = pipeline.run(hit(**row.given))
    except Drop as drop:
        return drop.reason, drop.detail
    asked = row.expected if isinstance(row.expected, dict) else {}
    return {name: getattr(event, name) for name in asked}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.step.__name__}: {row.name}")
def test_the_pipeline_makes_of_it(row):
    """An event with these fields, or a drop for this reason."""
    assert outcome(row) == row.expected


@pytest.mark.parametrize("step", pipeline.STEPS, ids=lambda step: step.__name__)
def test_no_step_can_be_left_out(step, monkeypatch):
    """Without it, one of its rows at least comes out otherwise."""
    others = tuple(other for other in pipeline.STEPS if other is not step)
    monkeypatch.setattr(pipeline, "STEPS", others)
    assert any(differs(row) for row in ROWS if row.step is step)


def differs(row):
    """Tell whether a row comes out otherwise, an error included."""
    try:
        return outcome(row) != row.expected
    except (KeyError, TypeError):
        return True


def test_every_reason_has_a_row():
    """But for those that the drain decides; test_closures has them."""
    tested = {row.expected[0] for row in ROWS if not isinstance(row.expected, dict)}
    assert tested | {DropReason.RESET, DropReason.DELETED} == set(DropReason)
