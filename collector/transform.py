"""Entries and open visits to one block for each table. Pure: a replay gives the same bytes."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from collector.closures import Closures
from collector.columns import Columns
from collector.event import ORIGIN, PLACES
from collector.native import Coded, Values, block
from collector.payload import ENGAGEMENT
from collector.poison import Contents, Dead, read_entry
from collector.tables import COUNT, TABLES
from collector.visit import Folded, Visit
from collector.visits import AT, MOST_MS, PROJECT, StreamId, Visits

LEDGER_COLUMNS = tuple(TABLES["ledger"])
ACCEPTED = "accepted"
# Counts nothing: from this minute on a project's visitors may be counted a second time.
SALT_LOST = "salt_lost"
DAY_SECONDS = 86_400

ORIGIN_TYPES = {name: TABLES["events"][name] for name in ORIGIN}
SENT_TYPES = {
    name: kind for name, kind in TABLES["events"].items() if name in PLACES and name not in ORIGIN
}
SENT_PLACES = [PLACES[name] for name in SENT_TYPES]
KEPT = Visit.__struct_fields__
KEPT_TYPES = {name: kind for name, kind in TABLES["visits"].items() if name in KEPT}
KEPT_TYPES |= {"interactions": COUNT, "slot": COUNT}
KEPT_PLACES = [KEPT.index(name) for name in KEPT_TYPES]

# Project, minute, outcome, reason.
Cell = tuple[int, int, str, str]


class Insert(NamedTuple):
    """One block of ClickHouse's format Native for one table."""

    table: str
    columns: tuple[str, ...]
    rows: int
    block: bytes


class Rows(NamedTuple):
    """What one batch inserts, in this order, and its rows by table and partition (YYYYMM or 0).

    `dead` counts the dead letters by reason.
    """

    inserts: tuple[Insert, ...]
    counts: dict[str, dict[int, int]]
    event_count: int
    dead: dict[str, int]


def transform(
    entries: list[tuple[StreamId, bytes]], visits: Visits, closures: Closures, batch: int
) -> Rows:
    """Fold a batch's entries; `visits` and `closures` move on with them."""
    made = _Batch(batch)
    for stream_id, raw in entries:
        contents = read_entry(raw, stream_id[0])
        made.count_drops(contents.drops)
        for control in contents.controls:
            if closures.obey(control, stream_id, batch):
                visits.end(control[0])
        if contents.dead or closures.any():
            contents = made.leave_out(contents, closures, stream_id[0])
        visits.fold(contents.events, stream_id)
        made.add(contents.events, visits.folded)
    if entries:
        closures.forget(entries[-1][0][0])
    return made.rows(visits.take())


class _Batch:
    """The rows of one batch under way."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._events = Columns(SENT_TYPES, SENT_PLACES)
        self._origins = Columns(ORIGIN_TYPES)
        self._dead: list[tuple[Any, ...]] = []
        self._ledger: Counter[Cell] = Counter()

    def count_drops(self, drops: list[tuple[int, int, str, int]]) -> None:
        """Whatever was answered 202 was accepted, and is then stored, dropped or dead.

        The mark of a lost salt stands beside that sum.
        """
        for project, minute, reason, count in drops:
            if reason == SALT_LOST:
                self._ledger[(project, minute, SALT_LOST, "")] += count
                continue
            self._ledger[(project, minute, ACCEPTED, "")] += count
            if reason != ACCEPTED:
                self._ledger[(project, minute, "dropped", reason)] += count

    def leave_out(self, contents: Contents, closures: Closures, stream_ms: int) -> Contents:
        """Count what is dropped or dead, and return the rest."""
        events = []
        for event in contents.events:
            if reason := closures.reason(event[PROJECT]):
                self._drop(event[PROJECT], event[AT] // 60_000 * 60, reason.value)
            else:
                events.append(event)
        for dead in contents.dead:
            if reason := closures.reason(dead.project_id):
                self._drop(dead.project_id, dead.minute, reason.value)
            else:
                self._bury(dead, min(stream_ms, MOST_MS))
        return contents._replace(events=events)

    def add(self, events: list[tuple[Any, ...]], folded: Folded) -> None:
        """Add events that were folded, and the origins that they brought into the batch."""
        self._events.add(events)
        self._origins.add(folded.origins)
        folded.origins.clear()

    def rows(self, folded: Folded) -> Rows:
        """Return the blocks of all tables."""
        origins = self._origins.finish()
        events = self._events.finish()
        count = len(self._events)
        if count:
            self._count_stored(events)
            events |= self._places(folded, count) | _take(origins, np.array(folded.slots, "<u4"))
        tables = {
            "visits": _visit_columns(folded, origins),
            "ledger": self._ledger_columns(),
            "touched": self._touched(events),
            "dead_letters": _columns("dead_letters", self._dead),
            "events": events,
        }
        inserts = [_insert(table, columns) for table, columns in tables.items()]
        full = tuple(one for one in inserts if one.rows)
        counts = {one.table: _partitions(one.table, tables[one.table], one.rows) for one in full}
        reasons = Counter(reason for _, _, reason, *_ in self._dead)
        return Rows(full, counts, count, dict(reasons))

    def _drop(self, project_id: int, minute: int, reason: str) -> None:
        self._ledger[(project_id, minute, "dropped", reason)] += 1

    def _bury(self, dead: Dead, at: int) -> None:
        words = (dead.reason, dead.detail.encode())
        self._dead.append((dead.project_id, at, *words, self._number, len(self._dead), dead.raw))
        self._ledger[(dead.project_id, dead.minute, "dead", dead.reason)] += 1

    def _places(self, folded: Folded, count: int) -> dict[str, Values]:
        """Return which visit each event belongs to, whether it began it, and its identity."""
        ids = np.array([visit.visit_id for visit in folded.owners], "<u8")
        is_entry = np.zeros(count, "<u1")
        is_entry[folded.begun] = 1
        return {
            "visit_id": ids.take(folded.slots),
            "is_entry": is_entry,
            "ingest_batch": np.full(count, self._number, "<u8"),
            "pos": np.array(folded.places, "<u4"),
        }

    def _count_stored(self, events: dict[str, Any]) -> None:
        """Time on a page is stored and shown, and is no event that a plan counts."""
        names: Coded = events["name"]
        engaged = np.array([word == ENGAGEMENT for word in names.words])[names.keys]
        minutes = events["timestamp"] // 60_000
        cells = (events["project_id"].astype("<i8") << 28 | minutes) << 1 | engaged
        for cell, count in zip(*_tally(cells), strict=True):
            place = (cell >> 29, (cell >> 1 & 0xFFF_FFFF) * 60)
            self._ledger[(*place, "stored", ENGAGEMENT if cell & 1 else "")] += count

    def _ledger_columns(self) -> dict[str, Values]:
        cells = sorted(self._ledger.items())
        return _columns("ledger", [(*cell, self._number, count) for cell, count in cells])

    def _touched(self, events: dict[str, Any]) -> dict[str, Values]:
        days = events["project_id"].astype("<i8") << 16 | events["local_date"]
        found = [(day >> 16, day & 0xFFFF, self._number) for day in _tally(days)[0]]
        return _columns("touched", found)


def _visit_columns(folded: Folded, origins: dict[str, Values]) -> dict[str, Values]:
    visits = Columns(KEPT_TYPES, KEPT_PLACES)
    visits.add(map(astuple, folded.visits()))
    columns: dict[str, Any] = visits.finish()
    slots, interactions = columns.pop("slot"), columns.pop("interactions")
    # One page view and no interactive event: a bounce has no duration.
    is_bounce = (columns["pageviews"] <= 1) & (interactions == 0)
    seconds = (columns["end"] - columns["start"]) // 1000
    columns |= {"is_bounce": is_bounce, "duration": np.where(is_bounce, 0, seconds)}
    return columns | _take(origins, slots)


def _take(columns: dict[str, Any], rows: NDArray[Any]) -> dict[str, Values]:
    return {name: values.take(rows) for name, values in columns.items()}


def _columns(table: str, rows: list[tuple[Any, ...]]) -> dict[str, Values]:
    columns = Columns(TABLES[table])
    columns.add(rows)
    return columns.finish()


def _insert(table: str, columns: dict[str, Any]) -> Insert:
    rows = len(columns["project_id"])
    return Insert(table, tuple(columns), rows, block(TABLES[table], columns, rows))


def _partitions(table: str, columns: dict[str, Any], rows: int) -> dict[int, int]:
    """Return rows by month, as toYYYYMM has it, of a table that is parted by it."""
    if table == "touched":
        return {0: rows}
    if table == "ledger":
        days = columns["minute"] // DAY_SECONDS
    elif table == "dead_letters":
        days = columns["at"] // (DAY_SECONDS * 1000)
    else:
        days = columns["local_date"]
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype("<i8")
    found = zip(*_tally(months), strict=True)
    return {(1970 + month // 12) * 100 + month % 12 + 1: count for month, count in found}


def _tally(numbers: NDArray[Any]) -> tuple[list[int], list[int]]:
    """Return the different numbers, in their order, and how often each is there."""
    found, counts = np.unique(numbers, return_counts=True)
    return found.tolist(), counts.tolist()


Transform = Callable[[list[tuple[StreamId, bytes]], Visits, Closures, int], Rows]
# An intent is replayed by the version that made it.
TRANSFORM_VERSION = 1
TRANSFORMS: dict[int, Transform] = {TRANSFORM_VERSION: transform}
