"""Whatever is sent, a reader gives a payload within its limits or says what to change."""

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from collector import batch, pixel, plausible
from collector.payload import (
    MOST_ENGAGED_MS,
    MOST_NAME,
    MOST_PROPS,
    MOST_URL,
    MOST_WIDTH,
    check_beacon,
    read_beacon,
)
from collector.problem import Problem

PROJECT = "p_aaaaaaaaaaaa"
PAGE = "https://shop.example/a"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([PROJECT, PAGE, "12.90", "EUR", "{}", '{"a": 1}', "https://[::1", "\x00"])
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
BEACON = {"p": PROJECT, "u": PAGE, "n": "Buy"}
PLAUSIBLE = {"domain": PROJECT, "url": PAGE, "name": "Buy"}
EVENT = {"name": "Buy", "url": PAGE, "ip": "203.0.113.9", "user_agent": "x"}


def bodies(right, keys):
    """Bytes of any kind, and JSON that differs from what is right in some keys."""
    changed = st.dictionaries(st.sampled_from(sorted({*right, *keys})), VALUES)
    near = changed.map(lambda change: json.dumps(right | change).encode())
    return st.binary() | VALUES.map(lambda value: json.dumps(value).encode()) | near


def payload_of(read):
    """What a reader gives, None when it says what to change; anything else is an error."""
    try:
        return read()
    except Problem as problem:
        assert problem.status == 400
        assert problem.message.endswith(".")
        assert problem.field is None or f"`{problem.field}" in problem.message
        return None


def is_within_limits(payload):
    """Whether a table can hold it."""
    return (
        0 < len(payload.name) <= MOST_NAME
        and len(payload.props) <= MOST_PROPS
        and 0 <= payload.width <= MOST_WIDTH
        and 0 <= payload.engaged_ms <= MOST_ENGAGED_MS
        and (0 <= payload.scroll <= 100 or payload.scroll == 255)
        and len(payload.referrer) <= MOST_URL
        and bool(payload.url.hostname)
        and payload.name.encode() is not None
    )


@given(bodies(BEACON, ["r", "m", "$", "i", "w", "e", "s", "h"]), st.booleans())
def test_a_beacon_is_read_or_refused(body, is_pageview):
    """Ours."""
    payload = payload_of(lambda: check_beacon(read_beacon(body), is_pageview))
    assert payload is None or is_within_limits(payload)


@given(bodies(PLAUSIBLE, [name for names in plausible.KEYS.values() for name in names]))
def test_an_event_of_plausible_is_read_or_refused(body):
    """By short and by long keys."""
    payload = payload_of(lambda: plausible.read_event(body).check())
    assert payload is None or is_within_limits(payload)


@given(bodies(EVENT, batch.ServerEvent.__struct_fields__))
def test_an_event_of_a_server_is_read_or_refused(body):
    """With the visitor that it names."""
    sent = payload_of(lambda: batch.read_event(Raw(body)))
    payload = sent and payload_of(sent.foreign.check)
    assert payload is None or is_within_limits(payload)


@given(bodies({"project_id": PROJECT, "events": [EVENT]}, ["more"]))
def test_a_batch_is_read_or_refused(body):
    """As far as its events."""
    envelope = payload_of(lambda: batch.read_envelope(body))
    assert envelope is None or 1 <= len(envelope.events) <= batch.MOST_EVENTS


@given(st.binary() | st.text().map(lambda text: f"p={PROJECT}&u={PAGE}&{text}".encode()), st.text())
def test_a_pixel_is_read_or_refused(query, referer):
    """Whatever stands in the address."""
    payload = payload_of(lambda: check_beacon(pixel.read_query(query, referer), True))
    assert payload is None or is_within_limits(payload)
