"""What a project's settings may be: one function a field, for forms and API alike. Pure.

Each takes what was typed and returns what is kept; a refusal names the limit and the fix.
"""

import re
import zoneinfo
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pycountry

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
PARAMETER = re.compile(r"[a-z0-9_.\[\]-]{1,60}")
ZONES = sorted(zone for zone in zoneinfo.available_timezones() if zone != "localtime")
COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)
CURRENCIES = frozenset(currency.alpha_3 for currency in pycountry.currencies)

MOST_ENTRIES = 100
MOST_PARAMETERS = 10
LONGEST_NAME = 80
LONGEST_PATTERN = 500
MOST_MONTHS = 120


class RuleError(ValueError):
    """A setting that cannot be kept; `place` is the entry of a list, from 0.

    `field` is named where one function reads several.
    """

    def __init__(self, message: str, place: int | None = None, field: str = "") -> None:
        super().__init__(message)
        self.place, self.field = place, field


def clean_name(text: str, most: int = LONGEST_NAME) -> str:
    """Return a name of one line."""
    name = text.strip()
    if not 1 <= len(name) <= most or CONTROL.search(name):
        raise RuleError(f"A name has 1 to {most} characters on one line: this one does not.")
    return name


def clean_domain(text: str) -> str:
    """Return a bare host name; a pasted address is reduced to its host."""
    given = text.strip().lower()
    try:
        host = urlsplit(given if "//" in given else f"//{given}").hostname or ""
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        host = ""
    if not (HOST.fullmatch(host) or host == "localhost"):
        raise RuleError(f"{_short(text)} is not a domain. Type one such as example.com.")
    return host


def clean_zone(text: str) -> str:
    """Return an IANA zone name."""
    zone = text.strip()
    if zone not in ZONES:
        raise RuleError("Unknown time zone. Type one such as Europe/Berlin.")
    return zone


def clean_network(text: str) -> str:
    """Return an address or a block of addresses in its usual form."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        problem = f"{_short(text)} is no address: type one such as 203.0.113.7 or 203.0.113.0/24."
        raise RuleError(problem) from None
    if network.prefixlen == 0:
        raise RuleError(f"{_short(text)} is the whole internet: type a smaller block.")
    one = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if one else str(network)


def clean_country(text: str) -> str:
    """Return an ISO 3166-1 code of two letters."""
    code = text.upper()
    if code not in COUNTRIES:
        raise RuleError(f"{_short(text)} is no country code: type two letters such as DE.")
    return code


def clean_pattern(text: str) -> str:
    """Return a pattern of paths: `*` within a segment, `**` across segments."""
    if not text:
        raise RuleError("Type a page, such as /blog/** or /pricing.")
    if not text.startswith("/"):
        raise RuleError(f"{_short(text)} does not begin with a slash: type one such as /admin/**.")
    if len(text) > LONGEST_PATTERN:
        problem = f"A pattern has at most {LONGEST_PATTERN} characters: {_short(text)} has more."
        raise RuleError(problem)
    if "***" in text or CONTROL.search(text):
        raise RuleError(f"{_short(text)} cannot be read: use * within a segment and ** across.")
    return text


def clean_mask(text: str) -> str:
    """Return a pattern that makes one page of many; it hides something."""
    if "*" not in text:
        raise RuleError(f"{_short(text)} hides nothing: put a * for what changes: /user/*.")
    return clean_pattern(text)


def clean_parameter(text: str) -> str:
    """Return the name of a parameter of the query, in small letters."""
    name = text.lower()
    if not PARAMETER.fullmatch(name):
        raise RuleError(f"{_short(text)} is no parameter's name: type one such as id, without =.")
    if name.startswith("utm_"):
        raise RuleError(f"{_short(text)} is a campaign's and kept as such: leave it out here.")
    return name


def clean_retention(months: int) -> int:
    """Return a number of whole months; the plan may allow fewer."""
    if not 1 <= months <= MOST_MONTHS:
        raise RuleError(f"Numbers are kept for 1 to {MOST_MONTHS} months: type such a number.")
    return months


def clean_currency(text: str) -> str:
    """Return an ISO 4217 code in use, or '' for none."""
    code = text.strip().upper()
    if code and code not in CURRENCIES:
        raise RuleError(f"{_short(text)} is no currency code: type three letters such as EUR.")
    return code


def require_name(name: str, typed: str) -> None:
    """Raise RuleError unless somebody typed the name of what they are about to end."""
    if typed.strip() != name:
        raise RuleError(f"Type the project's name, {_short(name)}, to go on.", field="confirm")


def _each(clean: Callable[[str], str], most: int = MOST_ENTRIES) -> Callable[[Any], list[str]]:
    """Return the rule of a list whose entries follow another rule; repeats are dropped."""

    def clean_list(given: Sequence[str]) -> list[str]:
        texts = [text.strip() for text in given]
        if sum(map(bool, texts)) > most:
            raise RuleError(f"At most {most} entries fit here: remove some.")
        kept: dict[str, None] = {}
        for place, text in enumerate(texts):
            try:
                kept |= {clean(text): None} if text else {}
            except RuleError as error:
                raise RuleError(str(error), place) from None
        return list(kept)

    return clean_list


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


RULES: dict[str, Callable[[Any], Any]] = {
    "name": clean_name,
    "domain": clean_domain,
    "time_zone": clean_zone,
    "retention_months": clean_retention,
    "hostnames": _each(clean_domain),
    "blocked_networks": _each(clean_network),
    "blocked_countries": _each(clean_country, len(COUNTRIES)),
    "blocked_pages": _each(clean_pattern),
    "page_masks": _each(clean_mask),
    "page_parameters": _each(clean_parameter, MOST_PARAMETERS),
}


def retention_days(months: int) -> int:
    """Return months as days: 30.4375 make a month, rounded up, so that 12 are 366."""
    return -(-months * 487 // 16)
