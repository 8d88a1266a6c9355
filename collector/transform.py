"""Entries and open visits to the columns of every table. Pure: a replay gives the same rows."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from collector.event import Event
from collector.stream import Entry
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
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Rows:
    """What one batch inserts: for each table its column names and its columns."""

    visits: list[list[Any]]
    ledger: list[list[Any]]
    touched: list[list[Any]]
    events: list[list[Any]]
    event_count: int


def transform(entries: list[tuple[StreamId, Entry]], visits: Visits, batch: int) -> Rows:
    """Fold a batch's entries; `visits` moves on with them."""
    rows: list[tuple[Any, ...]] = []
    changed: dict[int, Visit] = {}
    ledger: Counter[tuple[int, int, str, str]] = Counter()
    for stream_id, entry in entries:
        for project, minute, reason, count in entry.drops:
            outcome = ACCEPTED if reason == ACCEPTED else "dropped"
            ledger[(project, minute, outcome, "" if outcome == ACCEPTED else reason)] += count
            if outcome != ACCEPTED:
                # Whatever was answered 202 was accepted, and is then stored, dropped or dead.
                ledger[(project, minute, ACCEPTED, "")] += count
        for position, event in enumerate(entry.events):
            visit, begins = visits.add(event, stream_id, position)
            # Reading on past midnight or after a pause is no visit until something is opened.
            if visit.events:
                changed[visit.visit_id] = visit
            place = (visit.visit_id, int(begins), batch, len(rows))
            rows.append((*_event_row(event, visit), *place))
            ledger[(event.project_id, event.timestamp // 60_000 * 60, "stored", "")] += 1
    if entries:
        visits.forget(entries[-1][0][0])
    touched = sorted({(row[0], row[1], batch) for row in rows})
    return Rows(
        visits=_columns([_visit_row(visit) for visit in changed.values()]),
        ledger=_columns([(*cell[:4], batch, count) for cell, count in ledger.items()]),
        touched=_columns(touched),
        events=_with_decimals(_columns(rows)),
        event_count=len(rows),
    )


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
