"""Bots by user agent and by header; people who are none; names that no request can choose."""

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from collector.bots.agents import bot_named
from collector.bots.names import MOST_NAME, PEOPLE, known_bots, plain_name
from collector.bots.signs import is_ahead, sign_of_bot, signer
from collector.bots.vendors import SIGNERS
from collector.drops import Drop, DropReason

IN_FACEBOOK = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 10 Build/CP1A.260305.018; wv) AppleWebKit/537.36"
    " (KHTML, like Gecko) Version/4.0 Chrome/146.0.7680.174 Mobile Safari/537.36 MetaIAB Facebook"
)
IN_INSTAGRAM = (
    "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36"
    " (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36 Instagram 406.0"
)


def test_every_known_crawler_is_found():
    """Each user agent of the list, but for those of people."""
    for crawler in CRAWLER_USER_AGENTS_DATA:
        for user_agent in crawler["instances"]:
            assert (bot_named(user_agent) is None) == (crawler["pattern"] in PEOPLE), user_agent


@pytest.mark.parametrize(
    ("user_agent", "name", "is_ai"),
    [
        (
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "bingbot",
            False,
        ),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot", False),
        ("curl/8.5.0", "curl", False),
        ("python-requests/2.32", "python-requests", False),
        ("Java/17.0.1", "Java", False),
        ("undici", "undici", False),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "Anthropic", True),
        ("Mozilla/5.0 (compatible; PerplexityBot/1.0)", "Perplexity", True),
        ("Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)", "ByteDance", True),
        ("meta-externalagent/1.1", "Meta", True),
        ("CCBot/2.0 (https://commoncrawl.org/faq/)", "Common Crawl", True),
    ],
)
def test_a_bot_has_a_name(user_agent, name, is_ai):
    """Its own, or that of the vendor whose AI it feeds."""
    assert bot_named(user_agent)[1:] == (name, is_ai)


@pytest.mark.parametrize("user_agent", [IN_FACEBOOK, IN_INSTAGRAM, "Mozilla/5.0", "x", "\x00"])
def test_people_in_apps_are_no_bots(user_agent):
    """The list takes two of their browsers for crawlers."""
    assert bot_named(user_agent) is None


def test_names_are_short_plain_and_few():
    """So that nothing of a user agent can travel with them."""
    names = {bot.name for bot in known_bots()} | set(SIGNERS.values())
    assert len(names) < 2_000
    for name in names:
        assert 0 < len(name) <= MOST_NAME and name.isprintable() and name.isascii(), name


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (r"Googlebot\/", "Googlebot"),
        (r"[cC]laude[bB]ot", "claudebot"),
        (r"Ahrefs(Bot|SiteAudit)", "AhrefsBot"),
        (r"AdsBot-Google([^-]|$)", "AdsBot-Google"),
        (r"Mediapartners \(Googlebot\)", "Mediapartners Googlebot"),
        (r"^curl", "curl"),
        (r"Spider[\s\S]*spider\.com", "Spider"),
        (r"a{3}", "other"),
        ("b" * 61, "other"),
    ],
)
def test_a_pattern_is_told_as_text(pattern, name):
    """Of each choice the first."""
    assert plain_name(pattern) == name


def test_what_the_ledger_counts_has_a_bounded_name():
    """The reason, and the bot's name where there is one."""
    assert Drop(DropReason.BOT, "curl").ledger_reason == "bot:curl"
    assert Drop(DropReason.AI_CRAWLER, "OpenAI").ledger_reason == "ai_crawler:OpenAI"
    assert Drop(DropReason.PAGE).ledger_reason == "page"


@pytest.mark.parametrize(
    ("headers", "ahead"),
    [
        ({b"sec-purpose": b"prefetch"}, True),
        ({b"sec-purpose": b"Prefetch;prerender"}, True),
        ({b"purpose": b"prefetch"}, True),
        ({b"purpose": b"preview"}, True),
        ({b"x-purpose": b"preview"}, True),
        ({b"x-moz": b"prefetch"}, True),
        ({b"x-moz": b"other"}, False),
        ({b"purpose": b""}, False),
        ({}, False),
    ],
)
def test_what_is_loaded_ahead_says_so(headers, ahead):
    """Each browser in its own header."""
    assert is_ahead(headers) == ahead


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        (b'"https://chatgpt.com"', "OpenAI"),
        (b"https://operator.chatgpt.com/", "OpenAI"),
        (b'agent="https://agent.bot.goog"', "Google"),
        (b'"https://nobody.example"', ""),
        (b'"https://notchatgpt.com"', ""),
        (b'"https://[x"', ""),
        (b"\xff", ""),
        (b"", ""),
        (None, None),
    ],
)
def test_a_signed_agent_names_its_host(text, vendor):
    """A vendor's name for those we know, '' for others; no header is no agent."""
    assert signer({} if text is None else {b"signature-agent": text}) == vendor


@pytest.mark.parametrize(
    ("headers", "sign"),
    [
        ({}, ""),
        ({b"accept-language": b"de"}, ""),
        ({b"sec-fetch-site": b"cross-site", b"accept-language": b"de"}, ""),
        ({b"sec-fetch-site": b"cross-site"}, "Headless browser"),
        ({b"sec-ch-ua": b'"Chromium";v="1", "HeadlessChrome";v="1"'}, "Headless browser"),
        ({b"sec-ch-ua": b'"Chromium";v="1"'}, ""),
        ({b"from": b"bot@crawler.example"}, "Unnamed crawler"),
    ],
)
def test_headers_that_no_browser_of_a_person_sends(headers, sign):
    """What is missing alone says nothing: servers send events with few headers."""
    assert sign_of_bot(headers) == sign
