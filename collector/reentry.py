"""A dead letter's bytes to what can be sent again, by project. Pure."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from collector.event import VERSION, Event, UInt32, UInt64
from collector.poison import UNREADABLE
from collector.stream import Cell

# Reasons of letters that hold a whole entry; all others hold one event.
WHOLE = frozenset({"unreadable_entry", "unknown_version"})


class Letter(NamedTuple):
    """One row of `dead_letters`; `at` is in milliseconds, project 0 is nobody's in particular."""

    project_id: int
    at: int
    batch: int
    pos: int
    reason: str
    raw: bytes


@dataclass(slots=True)
class Part:
    """What a letter has of one project: ledger cells, controls, events in their order."""

    drops: dict[Cell, int] = field(default_factory=dict)
    controls: list[tuple[int, str, int]] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)


class _Envelope(msgspec.Struct, frozen=True, array_like=True):
    """An entry whose events are still bytes."""

    version: int
    producer_id: str
    seq: int
    drops: list[tuple[UInt32, UInt32, str, UInt64]]
    controls: list[tuple[UInt32, str, int]]
    events: list[msgspec.Raw]


_read_envelope = msgspec.msgpack.Decoder(_Envelope).decode
_read_event = msgspec.msgpack.Decoder(Event).decode
_read_values = msgspec.msgpack.Decoder(list[Any]).decode


def parts_of(letter: Letter) -> dict[int, Part] | None:
    """Return what can be sent again by project id, None while this code cannot read it either."""
    try:
        return _of_entry(letter.raw) if letter.reason in WHOLE else _of_event(letter.raw)
    except UNREADABLE:
        return None


def _of_event(raw: bytes) -> dict[int, Part]:
    """It arrives anew, so it is accepted once more."""
    event = _read_event(raw)
    cell = (event.project_id, event.timestamp // 60_000 * 60, "accepted")
    return {event.project_id: Part(drops={cell: 1}, events=[raw])}


def _of_entry(raw: bytes) -> dict[int, Part] | None:
    """Nothing of it was counted, so all of it is as it was when it came."""
    entry = _read_envelope(raw)
    if entry.version != VERSION:
        return None
    parts: dict[int, Part] = defaultdict(Part)
    for project_id, minute, reason, count in entry.drops:
        drops, cell = parts[project_id].drops, (project_id, minute, reason)
        drops[cell] = drops.get(cell, 0) + count
    for control in entry.controls:
        parts[control[0]].controls.append(control)
    for event in map(bytes, entry.events):
        parts[_project_of(event)].events.append(event)
    return dict(parts)


def _project_of(raw: bytes) -> int:
    """Return whose an event is, 0 if that cannot be read; then the drain keeps it as a letter."""
    try:
        return msgspec.convert(_read_values(raw)[0], UInt32)
    except (*UNREADABLE, IndexError):
        return 0
