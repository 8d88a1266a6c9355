"""Who is not counted: privacy signals, foreign hostnames, bots."""

import re
from functools import lru_cache

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from collector.drops import Drop, DropReason
from collector.hit import Hit

# Tools that the crawler list leaves out.
TOKENS = re.compile(r"headless|^java/|undici|postman|cypress|synthetic|lighthouse", re.I)


def _crawler_set() -> "re2.Set":
    crawlers = re2.Set.SearchSet()
    for crawler in CRAWLER_USER_AGENTS_DATA:
        crawlers.Add(crawler["pattern"])
    crawlers.Compile()
    return crawlers


_CRAWLERS = _crawler_set()


def check_privacy_signals(hit: Hit) -> None:
    """Drop what asks not to be counted, unless the project ignores such signals."""
    if hit.privacy_signal and hit.rules.respect_privacy_signals:
        raise Drop(DropReason.PRIVACY_SIGNAL)


def check_hostname(hit: Hit) -> None:
    """Drop pages of hosts that the project does not list; no list admits all."""
    if hit.rules.hostnames and hit.payload.url.hostname not in hit.rules.hostnames:
        raise Drop(DropReason.HOSTNAME)


def check_bot(hit: Hit) -> None:
    """Drop programs that call themselves crawlers or tools."""
    if is_bot(hit.user_agent):
        raise Drop(DropReason.BOT)


@lru_cache(10_000)
def is_bot(user_agent: str) -> bool:
    """Tell whether a user agent names a crawler or a tool."""
    return bool(TOKENS.search(user_agent)) or bool(_CRAWLERS.Match(user_agent))
