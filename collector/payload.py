"""Bytes of a beacon to a checked Payload. Pure; a Problem names the field, the limit, the fix."""

import math
from urllib.parse import SplitResult, urlsplit

import msgspec

MOST_BODY_BYTES = 64_000
MOST_PROPS = 30
MOST_KEY_BYTES = 300
MOST_VALUE = 2_000
MOST_NAME = 120
MOST_URL = 2_000
MOST_WIDTH = 20_000
MOST_ENGAGED_MS = 24 * 3_600 * 1_000
ENGAGEMENT = "engagement"
PAGEVIEW = "pageview"


class Problem(Exception):
    """A refusal: an HTTP status and what the sender must change."""

    def __init__(self, status: int, code: str, field: str | None, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.field, self.message = status, code, field, message


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


def read_payload(body: bytes, is_pageview: bool) -> Payload:
    """Decode and check one beacon. Raises Problem with status 400."""
    try:
        beacon = _decode(body)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        field = path.rstrip("`").strip(".") or None
        raise Problem(400, "invalid_field", field, f"{reason}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(400, "malformed_json", None, "The body must be one JSON object.") from None
    name = PAGEVIEW if is_pageview else beacon.n
    _require(bool(name), "n", "is missing: an event needs a name")
    _require(len(name) <= MOST_NAME, "n", f"may have at most {MOST_NAME} characters")
    _require(0 <= beacon.w <= MOST_WIDTH, "w", f"must be 0 to {MOST_WIDTH} pixels")
    _require(0 <= beacon.e <= MOST_ENGAGED_MS, "e", f"must be 0 to {MOST_ENGAGED_MS} ms")
    _require(0 <= beacon.s <= 100 or beacon.s == 255, "s", "must be 0 to 100 percent")
    amount, currency = _revenue(beacon.revenue)
    return Payload(
        project=beacon.p,
        name=name,
        url=_page(beacon.u),
        referrer=beacon.r[:MOST_URL],
        props=_props(beacon.m),
        amount=amount,
        currency=currency,
        interactive=beacon.i,
        width=beacon.w,
        engaged_ms=beacon.e if name == ENGAGEMENT else 0,
        scroll=beacon.s if name == ENGAGEMENT else 255,
        hash_routing=beacon.h == 1,
    )


def _require(holds: bool, field: str, rule: str) -> None:
    if not holds:
        raise Problem(400, "invalid_field", field, f"`{field}` {rule}.")


def _page(text: str) -> SplitResult:
    _require(len(text) <= MOST_URL, "u", f"may have at most {MOST_URL} characters")
    try:
        url = urlsplit(text)
        host = url.hostname
    except ValueError:
        host = None
        url = SplitResult("", "", "", "", "")
    _require(url.scheme in ("http", "https") and bool(host), "u", "must be an http(s) address")
    return url


def _props(given: dict[str, str | int | float | bool]) -> dict[str, str]:
    _require(len(given) <= MOST_PROPS, "m", f"may have at most {MOST_PROPS} keys")
    props = {}
    for key, value in given.items():
        text = _text(value)
        _require(len(key.encode()) <= MOST_KEY_BYTES, "m", f"keys have {MOST_KEY_BYTES} bytes")
        _require(len(text) <= MOST_VALUE, f"m.{key[:40]}", f"may have {MOST_VALUE} characters")
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
        amount = float(revenue.a)
    except ValueError:
        amount = math.nan
    _require(math.isfinite(amount) and abs(amount) < 1e14, "$.a", "must be a number such as 12.90")
    currency = revenue.c.upper()
    _require(len(currency) == 3 and currency.isascii() and currency.isalpha(), "$.c",
             "must be a currency code such as EUR")  # fmt: skip
    return f"{amount:.3f}", currency
