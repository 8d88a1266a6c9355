"""Events in Plausible's words, by short and by long keys, to our own beacon. Pure.

Where Plausible overlooks what it cannot use (null, a scroll depth beyond 100), so do we, since
its clients cannot be changed; all other limits are those of our own beacons.
"""

from typing import Any

import msgspec

from collector.payload import MOST_ENGAGED_MS, MOST_WIDTH, Beacon, require_project_id
from collector.problem import DECODING, Problem, not_json
from collector.wording import Foreign, renamed

# Our key to the keys that may hold it, the first that is sent counts.
KEYS = {
    "p": ("d", "domain"),
    "n": ("n", "name"),
    "u": ("u", "url"),
    "r": ("r", "referrer"),
    "m": ("p", "props", "m", "meta"),
    "$": ("$", "revenue"),
    "i": ("i", "interactive"),
    "h": ("h", "hashMode"),
    "w": ("w", "screen_width"),
    "e": ("e",),
    "s": ("sd",),
}
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_any = msgspec.json.Decoder().decode


def read_event(body: bytes) -> Foreign:
    """Decode an event as far as its project. Raises Problem with status 400."""
    try:
        given = _decode(body)
    except DECODING as error:
        raise not_json(error) from None
    names, ours = {}, {}
    for key, theirs in KEYS.items():
        sent = next((name for name in theirs if given.get(name) is not None), None)
        names[key] = sent or theirs[-1]
        if sent is not None:
            ours[key] = _READERS.get(key, _as_it_is)(given[sent], sent)
    # Within revenue, too, the keys are Plausible's.
    names |= {"$.a": f"{names['$']}.amount", "$.c": f"{names['$']}.currency"}
    try:
        beacon = msgspec.convert({"p": "", "u": ""} | ours, Beacon)
        require_project_id(beacon.p)
    except msgspec.ValidationError as error:
        raise renamed(not_json(error), names) from None
    except Problem as problem:
        raise renamed(problem, names) from None
    return Foreign(beacon, names)


def _as_it_is(value: Any, name: str) -> Any:
    return value


def _props(value: Any, name: str) -> Any:
    value = _unpacked(value, name)
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if one is not None}


def _revenue(value: Any, name: str) -> Any:
    value = _unpacked(value, name)
    if not isinstance(value, dict) or not value:
        return value or None
    amount = value.get("amount")
    return {
        "a": str(amount) if isinstance(amount, int | float) else amount,
        "c": value.get("currency"),
    }


def _unpacked(value: Any, name: str) -> Any:
    """Return what JSON in a text says: older clients wrap it twice."""
    if not isinstance(value, str):
        return value
    try:
        return _decode_any(value.encode())
    except DECODING:
        message = f"`{name}` must be an object, or JSON text of one."
        raise Problem(400, "invalid_field", name, message) from None


def _number(most: int) -> Any:
    def read(value: Any, name: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return int(min(max(value, 0), most))

    return read


def _interactive(value: Any, name: str) -> Any:
    return value is not False and value != "false"


def _hash_mode(value: Any, name: str) -> Any:
    return int(value in (1, True, "1", "true"))


_READERS = {
    "m": _props,
    "$": _revenue,
    "i": _interactive,
    "h": _hash_mode,
    "w": _number(MOST_WIDTH),
    "e": _number(MOST_ENGAGED_MS),
    "s": _number(100),
}
