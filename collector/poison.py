"""Bytes of an entry to its events, and to dead letters for what no table can hold. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from collector.event import VERSION, Event, UInt32, UInt64
from collector.stream import Entry

FIELDS = Event.__struct_fields__
UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


class Dead(NamedTuple):
    """What cannot be stored: project and minute as far as known, why, and the bytes."""

    project_id: int
    minute: int
    reason: str
    detail: str
    raw: bytes


class Contents(NamedTuple):
    """Ledger cells and controls of one entry, and its events in their order, dead or alive."""

    drops: list[tuple[int, int, str, int]]
    controls: list[tuple[int, str, int]]
    events: Sequence[Event | Dead]


class _Unread(msgspec.Struct, frozen=True, array_like=True):
    """An entry whose events are still bytes."""

    version: int
    producer_id: str
    seq: int
    drops: list[tuple[UInt32, UInt32, str, UInt64]]
    controls: list[tuple[int, str, int]]
    events: list[msgspec.Raw]


_read_entry = msgspec.msgpack.Decoder(Entry).decode
_read_unread = msgspec.msgpack.Decoder(_Unread).decode
_read_event = msgspec.msgpack.Decoder(Event).decode
_read_values = msgspec.msgpack.Decoder(list[Any]).decode


def read_entry(raw: bytes, stream_ms: int) -> Contents:
    """Decode an entry; the same bytes give the same answer on every replay."""
    minute = min(stream_ms // 60_000 * 60, 0xFFFF_FFFF)
    try:
        entry: Entry | _Unread = _read_entry(raw)
        events: list[Any] = list(entry.events)
    except UNREADABLE:
        # One bad event must not take the good ones of its entry with it.
        try:
            entry = _read_unread(raw)
        except UNREADABLE as error:
            return _bury_all("unreadable_entry", str(error), raw, minute)
        events = [_read_or_bury(bytes(event), minute) for event in entry.events]
    if entry.version != VERSION:
        return _bury_all("unknown_version", f"version {entry.version}", raw, minute)
    return Contents(entry.drops, entry.controls, events)


def _read_or_bury(raw: bytes, minute: int) -> Event | Dead:
    try:
        return _read_event(raw)
    except UNREADABLE as error:
        detail, project_id = str(error), 0
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
    return Contents([(0, minute, "accepted", 1)], [], [Dead(0, minute, reason, detail, raw)])
