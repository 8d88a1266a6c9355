"""Bodies that are wrong in some way, each made from one that is right."""

import gzip
import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

Chance = random.Random
Body = dict[str, Any]

ODD: list[Any] = [
    None, True, False, -1, 0, 10**30, 1.5, 1e308, "", " ", "x" * 3_000, "ü" * 200, "\ud83d\ude00",
    "\x00", "a\x00b", "\u202e", "p_aaaaaaaaaaaa", "https://[::1", "https://\u2100.example/",
    "data:text/html,x", "//x", [], [[]], {}, {"": ""}, {"a": {"b": []}}, ["x"] * 40,
    {str(n): n for n in range(40)}, {"k" * 400: "v"}, {"k": "v" * 3_000}, {"a": "1_0", "c": "€€€"},
    {"amount": [], "currency": {}}, "<script>alert(1)</script>", "'; DROP TABLE events --", "%00",
]  # fmt: skip
# What json.dumps would never write.
LITERALS = [
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0", b"00", b"0x10", b"9" * 5_000, b"'x'",
    b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xff\xfe"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\x00"',
    b'"\\u0000"', b'"\\x41"', b"undefined", b"[" * 500 + b"]" * 500, b'{"a":' * 500, b"/**/1",
    b'"' + b"x" * 70_000 + b'"', b"\xef\xbb\xbf1", b"1,", b"", b'"unfinished',
]  # fmt: skip


def other_value(right: Body, chance: Chance) -> bytes:
    """Give one key a value of another kind."""
    return json.dumps(right | {chance.choice(list(right)): chance.choice(ODD)}).encode()


def several_values(right: Body, chance: Chance) -> bytes:
    """Give every key any value."""
    return json.dumps({key: chance.choice([right[key], *ODD]) for key in right}).encode()


def lost_key(right: Body, chance: Chance) -> bytes:
    """Leave keys out."""
    return json.dumps({key: right[key] for key in right if chance.random() < 0.7}).encode()


def literal(right: Body, chance: Chance) -> bytes:
    """Put in what is no JSON, or hardly."""
    key = json.dumps(chance.choice(list(right))).encode()
    rest = json.dumps(right).encode()
    return rest[:-1] + b"," + key + b":" + chance.choice(LITERALS) + b"}"


def doubled(right: Body, chance: Chance) -> bytes:
    """Send keys twice."""
    text = json.dumps(right)[1:-1]
    return f"{{{text},{text},{text}}}".encode()


def flipped(right: Body, chance: Chance) -> bytes:
    """Change some bytes."""
    text = bytearray(json.dumps(right).encode())
    for _ in range(chance.randint(1, 8)):
        text[chance.randrange(len(text))] = chance.randrange(256)
    return bytes(text)


def cut(right: Body, chance: Chance) -> bytes:
    """End early."""
    text = json.dumps(right).encode()
    return text[: chance.randrange(len(text))]


def noise(right: Body, chance: Chance) -> bytes:
    """Send anything at all."""
    return chance.randbytes(chance.choice([0, 1, 16, 900, 20_000]))


def deep(right: Body, chance: Chance) -> bytes:
    """Nest deeper than anybody reads."""
    depth = chance.choice([100, 2_000, 30_000])
    start, end = chance.choice([(b"[", b"]"), (b'{"p":', b"}")])
    return start * depth + b"1" + end * depth


def encoded(right: Body, chance: Chance) -> bytes:
    """Write it in other letters."""
    text = json.dumps(right)
    return text.encode(chance.choice(["utf-16", "utf-32", "utf-7", "utf-8-sig"]))


def large(right: Body, chance: Chance) -> bytes:
    """Send more than anybody takes."""
    return json.dumps(right | {"x": "y" * chance.choice([64_000, 300_000, 2_500_000])}).encode()


def bomb(right: Body, chance: Chance) -> bytes:
    """Pack ten megabytes into ten kilobytes."""
    return _BOMB


_BOMB = gzip.compress(b"[" * 10_000_000)
Break = Callable[[Body, Chance], bytes]
OFTEN: list[Break] = [
    other_value, several_values, lost_key, literal, doubled, flipped, cut, noise, deep, encoded,
]  # fmt: skip
SELDOM: list[Break] = [large, bomb]


def broken(right: Body, chance: Chance) -> bytes:
    """Break a body in one way, or its events when it has some."""
    kind = chance.choice(SELDOM) if chance.random() < 0.01 else chance.choice(OFTEN)
    if "events" in right and kind not in SELDOM and chance.random() < 0.7:
        return _with_events(right, partial(kind, right["events"][0], chance), chance)
    return kind(right, chance)


def _with_events(right: Body, one: Callable[[], bytes], chance: Chance) -> bytes:
    before = json.dumps({"project_id": right["project_id"]}).encode()[:-1]
    events = b",".join(one() for _ in range(chance.choice([1, 3, 30])))
    return before + b', "events": [' + events + b"]}"
