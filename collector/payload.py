"""Bytes of a beacon to a checked Payload. Pure; a Problem names the field, the limit, the fix."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import msgspec

from collector.problem import DECODING, invalid, not_json

MOST_BODY_BYTES = 64_000
MOST_PROPS = 30
MOST_KEY_BYTES = 300
MOST_VALUE = 2_000
MOST_NAME = 120
MOST_URL = 2_000
MOST_HOST = 253
# Pages without a query that are not taken apart again, of 2,000 characters at most.
MOST_REMEMBERED = 4_000
MOST_WIDTH = 20_000
MOST_ENGAGED_MS = 24 * 3_600 * 1_000
MOST_AMOUNT = Decimal(10) ** 14
THOUSANDTH = Decimal("0.001")
PROJECT_ID = re.compile(r"p_[0-9A-Za-z]{12}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
ENGAGEMENT = "engagement"
PAGEVIEW = "pageview"


class Revenue(msgspec.Struct, frozen=True):
    """An amount as decimal text and an ISO 4217 currency."""

    a: str
    c: str


class Beacon(msgspec.Struct, frozen=True):
    """The keys of a beacon as they travel."""

    p: str
    u: str
    r: str = ""
    n: str = ""
    m: dict[str, str | int | float | bool] = {}
    revenue: Revenue | None = msgspec.field(name="$", default=None)
    i: bool = True
    w: int = 0
    e: int = 0
    s: int = 255
    h: int = 0


class Payload(msgspec.Struct, frozen=True):
    """One checked beacon with its page address taken apart."""

    project: str
    name: str
    url: SplitResult
    referrer: str
    props: dict[str, str]
    amount: str
    currency: str
    interactive: bool
    width: int
    engaged_ms: int
    scroll: int
    hash_routing: bool


_decode = msgspec.json.Decoder(Beacon).decode


def read_beacon(body: bytes) -> Beacon:
    """Decode a beacon as far as its project. Raises Problem with status 400.

    This is cheap: whether the project has room for more is asked before the rest is checked.
    """
    try:
        beacon = _decode(body)
    except DECODING as error:
        raise not_json(error) from None
    require_project_id(beacon.p)
    return beacon


def require_project_id(text: str) -> None:
    """Raise Problem for what cannot be a project's public id."""
    if not PROJECT_ID.fullmatch(text):
        fix = "copy the snippet from the project's set-up page"
        raise invalid("p", f"must be `p_` and 12 letters or digits; {fix}")


def check_beacon(beacon: Beacon, is_pageview: bool) -> Payload:
    """Check the rest of a beacon. Raises Problem with status 400."""
    name = PAGEVIEW if is_pageview else beacon.n
    if not is_pageview:
        _check_name(name)
    # Each rule is worded only for those who break it: this runs for every beacon.
    if not 0 <= beacon.w <= MOST_WIDTH:
        raise invalid("w", f"must be 0 to {MOST_WIDTH} pixels")
    if not 0 <= beacon.e <= MOST_ENGAGED_MS:
        raise invalid("e", f"must be 0 to {MOST_ENGAGED_MS} ms")
    if not (0 <= beacon.s <= 100 or beacon.s == 255):
        raise invalid("s", "must be 0 to 100 percent")
    amount, currency = _revenue(beacon.revenue)
    return Payload(
        project=beacon.p,
        name=name,
        url=_page(beacon.u),
        referrer=CONTROL.sub("", beacon.r[:MOST_URL]),
        props=_props(beacon.m),
        amount=amount,
        currency=currency,
        interactive=beacon.i,
        width=beacon.w,
        engaged_ms=beacon.e if name == ENGAGEMENT else 0,
        scroll=beacon.s if name == ENGAGEMENT else 255,
        hash_routing=beacon.h == 1,
    )


def _check_name(name: str) -> None:
    _require(bool(name.strip()), "n", "is missing: an event needs a name")
    _require(len(name) <= MOST_NAME, "n", f"may have at most {MOST_NAME} characters; shorten it")
    _require(not CONTROL.search(name), "n", "may not have control characters; leave them out")


def _require(holds: bool, field: str, rule: str) -> None:
    if not holds:
        raise invalid(field, rule)


def _page(text: str) -> SplitResult:
    """Take an address apart; its host comes out in ASCII, without port, name and password."""
    # Queries, fragments and names before the host may hold secrets; what is remembered stays.
    plain = "?" not in text and "#" not in text and "@" not in text
    return _remembered(text) if plain else _take_apart(text)


def _take_apart(text: str) -> SplitResult:
    _require(len(text) <= MOST_URL, "u", f"may have at most {MOST_URL} characters; shorten it")
    _require(not CONTROL.search(text), "u", "may not have control characters; encode them as %XX")
    try:
        url = urlsplit(text)
        host = url.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        host = ""
    known = bool(host) and url.scheme in ("http", "https")
    _require(known, "u", "must be an http(s) address such as https://example.com/page")
    fits = len(host) <= MOST_HOST and HOST.fullmatch(host)
    _require(bool(fits), "u", f"needs a host name of at most {MOST_HOST} letters and digits")
    return url._replace(netloc=f"[{host}]" if ":" in host else host)


_remembered = lru_cache(MOST_REMEMBERED)(_take_apart)


def _props(given: dict[str, str | int | float | bool]) -> dict[str, str]:
    _require(len(given) <= MOST_PROPS, "m", f"may have at most {MOST_PROPS} keys; send fewer")
    props = {}
    for key, value in given.items():
        text, field = _text(value), f"m.{key[:40]}"
        fits = len(key.encode()) <= MOST_KEY_BYTES
        _require(fits, field, f"is a key of more than {MOST_KEY_BYTES} bytes; shorten it")
        plain = not CONTROL.search(key)
        _require(plain, "m", "may not have control characters in a key; leave them out")
        _require(len(text) <= MOST_VALUE, field, f"may have {MOST_VALUE} characters; shorten it")
        _require("\0" not in text, field, "may not have NUL characters; leave them out")
        props[key] = text
    return props


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _revenue(revenue: Revenue | None) -> tuple[str, str]:
    if revenue is None:
        return "0", ""
    try:
        amount = Decimal(revenue.a if len(revenue.a) <= 100 and "_" not in revenue.a else "")
        fits = amount.copy_abs() < MOST_AMOUNT
    except InvalidOperation:
        amount, fits = Decimal(0), False
    _require(fits, "$.a", "must be a number such as 12.90, of less than 15 digits before the dot")
    code = revenue.c
    plain = len(code) == 3 and code.isascii() and code.isalpha()
    _require(plain, "$.c", "must be a currency code of three letters such as EUR")
    return f"{amount.quantize(THOUSANDTH):f}", code.upper()
