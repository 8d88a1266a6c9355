"""Entries and open visits to the columns of every table. Pure: a replay gives the same rows."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from collector.closures import Closures
from collector.event import Event
from collector.native import NAME, block, code
from collector.payload import ENGAGEMENT
from collector.poison import Dead, read_entry
from collector.tables import TABLES
from collector.visits import ORIGIN, StreamId, Visit, Visits

FIELDS = Event.__struct_fields__
BEFORE = FIELDS[: FIELDS.index(ORIGIN[0])]
AFTER = FIELDS[FIELDS.index(ORIGIN[-1]) + 1 :]
EVENT_COLUMNS = (*BEFORE, *ORIGIN, *AFTER, "visit_id", "is_entry", "ingest_batch", "pos")
VISIT_PLAIN = (
    "project_id", "local_date", "visit_id", "visitor_id", "start", "end", "utc_offset",
    "entry_page", "entry_hostname", "exit_page", "exit_hostname", "pageviews", "events",
    "is_bounce", "duration", "engaged_ms", "version",
)  # fmt: skip
VISIT_COLUMNS = (*VISIT_PLAIN, *ORIGIN)
LEDGER_COLUMNS = ("project_id", "minute", "outcome", "reason", "batch", "count")
TOUCHED_COLUMNS = ("project_id", "local_date", "ingest_batch")
DEAD_COLUMNS = ("project_id", "at", "reason", "detail", "batch", "pos", "raw")
ACCEPTED = "accepted"
# Counts nothing: from this minute on a project's visitors may be counted a second time.
SALT_LOST = "salt_lost"
# The end of the year 2261; a stream's id may be anything.
MOST_MS = 9_200_000_000_000

# Project, minute, outcome, reason.
Cell = tuple[int, int, str, str]


class Insert(NamedTuple):
    """One block of ClickHouse's format Native for one table."""

    table: str
    columns: tuple[str, ...]
    rows: int
    block: bytes


class Rows(NamedTuple):
    """What one batch inserts, in this order, and its rows by table and partition (YYYYMM or 0)."""

    inserts: tuple[Insert, ...]
    counts: dict[str, dict[int, int]]
    event_count: int


def transform(
    entries: list[tuple[StreamId, bytes]], visits: Visits, closures: Closures, batch: int
) -> Rows:
    """Fold a batch's entries; `visits` and `closures` move on with them."""
    rows: list[tuple[Any, ...]] = []
    dead: list[tuple[Any, ...]] = []
    changed: dict[int, Visit] = {}
    ledger: Counter[Cell] = Counter()
    for stream_id, raw in entries:
        drops, controls, events = read_entry(raw, stream_id[0])
        _count_drops(ledger, drops)
        for control in controls:
            if closures.obey(control, stream_id, batch):
                visits.end(control[0])
        for position, event in enumerate(events):
            if reason := closures.reason(event.project_id):
                ledger[(event.project_id, _minute_of(event), "dropped", reason.value)] += 1
                continue
            if isinstance(event, Dead):
                at = min(stream_id[0], MOST_MS)
                dead.append(
                    (
                        event.project_id,
                        at,
                        event.reason,
                        event.detail.encode(),
                        batch,
                        len(dead),
                        event.raw,
                    )
                )
                ledger[(event.project_id, event.minute, "dead", event.reason)] += 1
                continue
            visit, begins = visits.add(event, stream_id, position)
            # Reading on past midnight or after a pause is no visit until something is opened.
            if visit.events:
                changed[visit.visit_id] = visit
            place = (visit.visit_id, int(begins), batch, len(rows))
            rows.append((*_event_row(event, visit), *place))
            # Time on a page is stored and shown, and is no event that a plan counts.
            what = ENGAGEMENT if event.name == ENGAGEMENT else ""
            ledger[(event.project_id, _minute_of(event), "stored", what)] += 1
    if entries:
        visits.forget(entries[-1][0][0])
        closures.forget(entries[-1][0][0])
    touched = sorted({(row[0], row[1], batch) for row in rows})
    tables = {
        "visits": (VISIT_COLUMNS, [_visit_row(visit) for visit in changed.values()]),
        "ledger": (LEDGER_COLUMNS, [(*cell, batch, count) for cell, count in ledger.items()]),
        "touched": (TOUCHED_COLUMNS, touched),
        "dead_letters": (DEAD_COLUMNS, dead),
        "events": (EVENT_COLUMNS, rows),
    }
    full = {table: (names, lines) for table, (names, lines) in tables.items() if lines}
    return Rows(
        inserts=tuple(_insert(table, names, lines) for table, (names, lines) in full.items()),
        counts={table: _partitions(table, names, lines) for table, (names, lines) in full.items()},
        event_count=len(rows),
    )


def _insert(table: str, names: tuple[str, ...], lines: list[Any]) -> Insert:
    columns: dict[str, Any] = dict(zip(names, zip(*lines, strict=True), strict=True))
    for name, values in columns.items():
        if TABLES[table][name] == NAME:
            columns[name] = code(values)
    if "revenue" in columns:
        columns["revenue"] = [int(Decimal(text) * 1000) for text in columns["revenue"]]
    return Insert(table, names, len(lines), block(TABLES[table], columns, len(lines)))


def _partitions(table: str, names: tuple[str, ...], lines: list[Any]) -> dict[int, int]:
    if table == "touched":
        return {0: len(lines)}
    name, seconds = {
        "ledger": ("minute", 1),
        "dead_letters": ("at", 0.001),
    }.get(table, ("local_date", 86_400))
    place = names.index(name)
    found: Counter[int] = Counter()
    for line in lines:
        moment = datetime.fromtimestamp(line[place] * seconds, UTC)
        found[moment.year * 100 + moment.month] += 1
    return dict(found)


def _count_drops(ledger: Counter[Cell], drops: list[tuple[int, int, str, int]]) -> None:
    """Whatever was answered 202 was accepted, and is then stored, dropped or dead.

    The mark of a lost salt stands beside that sum.
    """
    for project, minute, reason, count in drops:
        if reason == SALT_LOST:
            ledger[(project, minute, SALT_LOST, "")] += count
            continue
        ledger[(project, minute, ACCEPTED, "")] += count
        if reason != ACCEPTED:
            ledger[(project, minute, "dropped", reason)] += count


def _minute_of(event: Event | Dead) -> int:
    return event.minute if isinstance(event, Dead) else event.timestamp // 60_000 * 60


def _event_row(event: Event, visit: Visit) -> tuple[Any, ...]:
    """An event has the origin of its visit: only the first page view knows where it came from."""
    before = (getattr(event, name) for name in BEFORE)
    return (*before, *visit.origin, *(getattr(event, name) for name in AFTER))


def _visit_row(visit: Visit) -> tuple[Any, ...]:
    return (*(getattr(visit, name) for name in VISIT_PLAIN), *visit.origin)


Transform = Callable[[list[tuple[StreamId, bytes]], Visits, Closures, int], Rows]
# An intent is replayed by the version that made it.
TRANSFORM_VERSION = 1
TRANSFORMS: dict[int, Transform] = {TRANSFORM_VERSION: transform}
