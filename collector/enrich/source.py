"""Where a visit came from: the campaign's source, else the referrer's name."""

from typing import NamedTuple
from urllib.parse import urlsplit

from collector.hit import Fields, Hit

DIRECT = "Direct / None"

# Host suffix to name and kind; the whole lists of the field come with the collector's next step.
KNOWN = {
    "google": ("Google", "search"), "bing.com": ("Bing", "search"),
    "duckduckgo.com": ("DuckDuckGo", "search"), "ecosia.org": ("Ecosia", "search"),
    "search.brave.com": ("Brave", "search"), "yandex.ru": ("Yandex", "search"),
    "facebook.com": ("Facebook", "social"), "instagram.com": ("Instagram", "social"),
    "t.co": ("X", "social"), "x.com": ("X", "social"), "linkedin.com": ("LinkedIn", "social"),
    "reddit.com": ("Reddit", "social"), "news.ycombinator.com": ("Hacker News", "social"),
    "youtube.com": ("YouTube", "video"), "chatgpt.com": ("ChatGPT", "ai"),
    "claude.ai": ("Claude", "ai"), "perplexity.ai": ("Perplexity", "ai"),
}  # fmt: skip

CHANNELS = {
    "search": "Organic Search", "social": "Organic Social", "video": "Organic Video",
    "ai": "AI Assistants",
}  # fmt: skip


class Source(NamedTuple):
    """A visit's origin; `referrer` is host and path without its query."""

    referrer: str
    source: str
    channel: str


def name_source(hit: Hit, fields: Fields) -> Fields:
    """Name the origin of the visit."""
    own_host, campaign = fields["hostname"], fields["utm_source"]
    return read_source(hit.payload.referrer, own_host, campaign)._asdict()


def read_source(referrer: str, own_host: str, utm_source: str) -> Source:
    """Name the origin; a referrer of the site itself is none."""
    host, path = _host_and_path(referrer)
    if bare(host) == bare(own_host):
        host = path = ""
    name, kind = _known(host)
    if utm_source:
        name = utm_source
    channel = CHANNELS.get(kind, "Referral" if host else "Direct")
    return Source(f"{host}{path}" if host else "", name or bare(host) or DIRECT, channel)


def bare(host: str) -> str:
    """Return a host without its leading www."""
    return host.removeprefix("www.")


def _host_and_path(referrer: str) -> tuple[str, str]:
    try:
        url = urlsplit(referrer)
        host = url.hostname or ""
    except ValueError:
        return "", ""
    return (host, url.path) if url.scheme in ("http", "https") else ("", "")


def _known(host: str) -> tuple[str, str]:
    labels = bare(host).split(".")
    if labels[0] == "google" and len(labels) <= 3:
        return KNOWN["google"]
    for start in range(len(labels) - 1):
        found = KNOWN.get(".".join(labels[start:]))
        if found:
            return found
    return "", ""
