"""What is not counted: privacy signals, foreign hostnames, bots, and what a project blocks."""

from functools import lru_cache
from ipaddress import ip_network

from analytics_saas.client_ip import Network
from collector.bots.agents import bot_named
from collector.bots.signs import SIGNED, is_ahead, sign_of_bot, signer
from collector.drops import Drop, DropReason
from collector.enrich.hosting import is_hosted
from collector.enrich.url import path_of
from collector.hit import Fields, Hit
from collector.patterns import first_match


def check_privacy_signals(hit: Hit, _: Fields) -> None:
    """Drop who asks by GPC or DNT not to be counted, unless the project ignores such signals."""
    asks = hit.headers.get(b"sec-gpc") == b"1" or hit.headers.get(b"dnt") == b"1"
    if asks and hit.rules.respect_privacy_signals:
        raise Drop(DropReason.PRIVACY_SIGNAL)


def check_prefetch(hit: Hit, _: Fields) -> None:
    """Drop pages that a browser loads ahead of their reader."""
    if is_ahead(hit.headers):
        raise Drop(DropReason.PREFETCH)


def check_hostname(hit: Hit, _: Fields) -> None:
    """Drop pages of hosts that the project does not list; no list admits all."""
    if hit.rules.hostnames and hit.payload.url.hostname not in hit.rules.hostnames:
        raise Drop(DropReason.HOSTNAME)


def check_quota(hit: Hit, _: Fields) -> None:
    """Drop what comes far beyond the plan once its months of grace are over."""
    if hit.rules.over_quota:
        raise Drop(DropReason.QUOTA)


def check_network(hit: Hit, _: Fields) -> None:
    """Drop addresses that the project blocks, such as its own office."""
    if not hit.rules.blocked_networks:
        return
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
    if not hit.rules.blocked_pages:
        return
    path = path_of(hit.payload.url, hit.payload.hash_routing)
    if first_match(hit.rules.blocked_pages, path) is not None:
        raise Drop(DropReason.PAGE)


def check_bot(hit: Hit, _: Fields) -> None:
    """Drop programs: crawlers and tools by their names, agents and others by their headers."""
    if bot := bot_named(hit.user_agent):
        raise Drop(DropReason.AI_CRAWLER if bot.is_ai else DropReason.BOT, bot.name)
    if (vendor := signer(hit.headers)) is not None:
        raise Drop(DropReason.AI_CRAWLER if vendor else DropReason.BOT, vendor or SIGNED)
    if sign := sign_of_bot(hit.headers):
        raise Drop(DropReason.BOT, sign)


def check_hosting(hit: Hit, _: Fields) -> None:
    """Drop addresses of hosting companies, where the operator asks for it."""
    if is_hosted(hit.address):
        raise Drop(DropReason.HOSTING)
