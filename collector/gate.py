"""What is not counted: privacy signals, foreign hostnames, bots, and what a project blocks."""

import re
from functools import lru_cache
from ipaddress import ip_network

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from analytics_saas.client_ip import Network
from collector.drops import Drop, DropReason
from collector.enrich.url import path_of
from collector.hit import Fields, Hit
from collector.patterns import first_match

# Tools that the crawler list leaves out.
TOKENS = re.compile(r"headless|^java/|undici|postman|cypress|synthetic|lighthouse", re.I)


def _crawler_set() -> "re2.Set":
    crawlers = re2.Set.SearchSet()
    for crawler in CRAWLER_USER_AGENTS_DATA:
        crawlers.Add(crawler["pattern"])
    crawlers.Compile()
    return crawlers


_CRAWLERS = _crawler_set()


def check_privacy_signals(hit: Hit, _: Fields) -> None:
    """Drop who asks by GPC or DNT not to be counted, unless the project ignores such signals."""
    asks = hit.headers.get(b"sec-gpc") == b"1" or hit.headers.get(b"dnt") == b"1"
    if asks and hit.rules.respect_privacy_signals:
        raise Drop(DropReason.PRIVACY_SIGNAL)


def check_hostname(hit: Hit, _: Fields) -> None:
    """Drop pages of hosts that the project does not list; no list admits all."""
    if hit.rules.hostnames and hit.payload.url.hostname not in hit.rules.hostnames:
        raise Drop(DropReason.HOSTNAME)


def check_network(hit: Hit, _: Fields) -> None:
    """Drop addresses that the project blocks, such as its own office."""
    blocked = _networks(hit.rules.blocked_networks)
    if any(hit.address in network for network in blocked):
        raise Drop(DropReason.NETWORK)


@lru_cache(1_000)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


def check_country(hit: Hit, fields: Fields) -> None:
    """Drop countries that the project blocks."""
    if fields["country"] in hit.rules.blocked_countries:
        raise Drop(DropReason.COUNTRY)


def check_page(hit: Hit, _: Fields) -> None:
    """Drop pages that the project blocks, by their path as it was sent."""
    path = path_of(hit.payload.url, hit.payload.hash_routing)
    if first_match(hit.rules.blocked_pages, path) is not None:
        raise Drop(DropReason.PAGE)


def check_bot(hit: Hit, _: Fields) -> None:
    """Drop programs that call themselves crawlers or tools."""
    if is_bot(hit.user_agent):
        raise Drop(DropReason.BOT)


@lru_cache(10_000)
def is_bot(user_agent: str) -> bool:
    """Tell whether a user agent names a crawler or a tool."""
    return bool(TOKENS.search(user_agent)) or bool(_CRAWLERS.Match(user_agent))
