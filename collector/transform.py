"""Entries and open visits to the columns of every table. Pure: a replay gives the same rows."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from collector.closures import Closures
from collector.event import Event
from collector.payload import ENGAGEMENT
from collector.poison import Dead, read_entry
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


@dataclass(frozen=True, slots=True)
class Rows:
    """What one batch inserts: for each table its column names and its columns."""

    visits: list[list[Any]]
    ledger: list[list[Any]]
    touched: list[list[Any]]
    dead: list[list[Any]]
    events: list[list[Any]]
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
                dead.append((event.project_id, at, *event[2:4], batch, len(dead), event.raw))
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
    return Rows(
        visits=_columns([_visit_row(visit) for visit in changed.values()]),
        ledger=_columns([(*cell, batch, count) for cell, count in ledger.items()]),
        touched=_columns(touched),
        dead=_columns(dead),
        events=_with_decimals(_columns(rows)),
        event_count=len(rows),
    )


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


def _columns(rows: list[Any]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _with_decimals(columns: list[list[Any]]) -> list[list[Any]]:
    if columns:
        place = EVENT_COLUMNS.index("revenue")
        columns[place] = [Decimal(text) for text in columns[place]]
    return columns
