"""Bytes of an entry to its events, and to dead letters for what no table can hold. Pure."""

from typing import Any, NamedTuple, get_type_hints

import msgspec

from collector.event import FIELDS, VERSION, Event, UInt32, UInt64

UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


class Dead(NamedTuple):
    """What cannot be stored: project and minute as far as known, why, and the bytes."""

    project_id: int
    minute: int
    reason: str
    detail: str
    raw: bytes


class Contents(NamedTuple):
    """Ledger cells and controls of one entry, its events as tuples, and what none can hold."""

    drops: list[tuple[int, int, str, int]]
    controls: list[tuple[int, str, int]]
    events: list[tuple[Any, ...]]
    dead: list[Dead]


# Plain tuples turn into columns faster than objects do; the types are those of Event.
_Values: Any = tuple[tuple(get_type_hints(Event, include_extras=True).values())]  # type: ignore[misc]


class _Head(msgspec.Struct, frozen=True, array_like=True):
    version: int
    producer_id: str
    seq: int
    drops: list[tuple[UInt32, UInt32, str, UInt64]]
    controls: list[tuple[int, str, int]]


class _Entry(_Head, frozen=True, array_like=True):
    events: list[_Values]


class _Unread(_Head, frozen=True, array_like=True):
    """An entry whose events are still bytes."""

    events: list[msgspec.Raw]


_read_entry = msgspec.msgpack.Decoder(_Entry).decode
_read_unread = msgspec.msgpack.Decoder(_Unread).decode
_read_event = msgspec.msgpack.Decoder(_Values).decode
_read_values = msgspec.msgpack.Decoder(list[Any]).decode


def read_entry(raw: bytes, stream_ms: int) -> Contents:
    """Decode an entry; the same bytes give the same answer on every replay."""
    minute = min(stream_ms // 60_000 * 60, 0xFFFF_FFFF)
    try:
        entry: _Head = (whole := _read_entry(raw))
        events, dead = whole.events, list[Dead]()
    except UNREADABLE:
        # One bad event must not take the good ones of its entry with it.
        try:
            entry = unread = _read_unread(raw)
        except UNREADABLE as error:
            return _bury_all("unreadable_entry", str(error), raw, minute)
        events, dead = _sort(unread.events, minute)
    if entry.version != VERSION:
        return _bury_all("unknown_version", f"version {entry.version}", raw, minute)
    return Contents(entry.drops, entry.controls, events, dead)


def _sort(raws: list[msgspec.Raw], minute: int) -> tuple[list[tuple[Any, ...]], list[Dead]]:
    """Return the events that can be stored and those that cannot."""
    events: list[tuple[Any, ...]] = []
    dead: list[Dead] = []
    for raw in map(bytes, raws):
        try:
            events.append(_read_event(raw))
        except UNREADABLE as error:
            dead.append(_bury(raw, str(error), minute))
    return events, dead


def _bury(raw: bytes, detail: str, minute: int) -> Dead:
    project_id = 0
    for place, name in enumerate(FIELDS):
        detail = detail.replace(f"`$[{place}]", f"`{name}")
    try:
        values = _read_values(raw)
        project_id = msgspec.convert(values[0], UInt32)
        minute = msgspec.convert(values[2], UInt64) // 60_000 * 60
    except (*UNREADABLE, IndexError):
        pass
    return Dead(project_id, min(minute, 0xFFFF_FFFF), "bad_value", detail, raw)


def _bury_all(reason: str, detail: str, raw: bytes, minute: int) -> Contents:
    """Nobody knows how many events were in it: the ledger counts one, of project 0."""
    return Contents([(0, minute, "accepted", 1)], [], [], [Dead(0, minute, reason, detail, raw)])
