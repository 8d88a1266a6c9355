"""Where a visit came from: what its campaign says, else its referrer, else its click id."""

import re
from urllib.parse import urlsplit

from collector.enrich.click import click_of
from collector.enrich.known import known_host, known_word
from collector.hit import Fields, Hit
from collector.payload import HOST, MOST_HOST
from projects.registry import ProjectRules

DIRECT = "Direct / None"
APPS = ("android-app", "ios-app")
# The same site for telephones, or as a fast copy.
FRONT = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.[^.])")


def name_source(hit: Hit, fields: Fields) -> Fields:
    """Name the origin; `referrer` is host and path without the query, '' for the site itself."""
    host, path = _host_and_path(hit.payload.referrer)
    if host and _is_own(host, fields["hostname"], hit.rules):
        host = path = ""
    return {"referrer": host + path, "source": _name(fields, host)}


def _name(fields: Fields, host: str) -> str:
    """Return a known name where there is one, and what was said where there is none."""
    if tag := fields["source"]:
        known = known_word(tag)
        return known.name if known else tag
    if host:
        known = known_host(host)
        return known.name if known else FRONT.sub("", host)
    return click_of(fields["click_id_name"]).source or DIRECT


def _is_own(host: str, hostname: str, rules: ProjectRules) -> bool:
    return bare(host) == bare(hostname) or host in rules.hostnames


def bare(host: str) -> str:
    """Return a host without its leading www."""
    return host.removeprefix("www.")


def _host_and_path(referrer: str) -> tuple[str, str]:
    """Take a referrer apart; an app's host is its package. Nothing for what is no address."""
    if not referrer:
        return "", ""
    try:
        url = urlsplit(referrer)
        host = url.hostname or ""
    except ValueError:
        return "", ""
    if len(host) > MOST_HOST or not HOST.fullmatch(host):
        return "", ""
    if url.scheme in ("http", "https"):
        return host, url.path
    return (host, "") if url.scheme in APPS else ("", "")
