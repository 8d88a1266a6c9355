"""Visits told again from raw rows in plain Python, beside what the drain wrote."""

from collections.abc import Iterator

from analytics_saas.chaos.rig import Rig
from analytics_saas.chaos.tables import rows

IDLE_MS = 30 * 60_000
# For each visitor this is stream order: visits are numbered by their first event's place.
EVENTS = """
SELECT project_id, visitor_id, visit_id, is_entry, toUnixTimestamp64Milli(timestamp), name,
       interactive, engaged_ms, path, hostname, toUInt16(local_date)
FROM events ORDER BY project_id, ingest_batch, visit_id, pos
"""
VISITS = """
SELECT project_id, visitor_id, visit_id, toUInt16(local_date), pageviews, events, is_bounce,
       duration, engaged_ms, entry_page, entry_hostname, exit_page, exit_hostname,
       toUnixTimestamp64Milli(start), toUnixTimestamp64Milli(end)
FROM visits FINAL
"""
MOST_NAMED = 5

# Project, visitor, visit.
Key = tuple[str, str, str]
Row = list[str]


def wrong_visits(rig: Rig) -> Iterator[str]:
    """Yield how the table differs from the fold."""
    expected, wrong = fold(rows(rig, EVENTS))
    found = {(row[0], row[1], row[2]): row[3:] for row in rows(rig, VISITS)}
    differ = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    for key in differ[:MOST_NAMED]:
        yield f"visit {key}: {found.get(key)} is stored, {expected.get(key)} was seen"
    if differ:
        yield f"{len(differ)} of {len(expected)} visits differ"
    yield from wrong[:MOST_NAMED]


def fold(events: list[Row]) -> tuple[dict[Key, Row], list[str]]:
    """Return the rows of all visits in which something was opened, and what else is wrong.

    Runs are shorter than a visit's idle time, so nothing is forgotten by the stream's clock.
    """
    visits: dict[Key, list[Row]] = {}
    latest: dict[tuple[str, str], tuple[Key, int, int]] = {}
    wrong = []
    for row in events:
        visitor, at = (row[0], row[1]), int(row[4])
        key, start, end = latest.get(visitor, (None, 0, 0))
        begins = key is None or not start - IDLE_MS <= at <= end + IDLE_MS
        if key is None or begins:
            key, start, end = (row[0], row[1], row[2]), at, at
        latest[visitor] = (key, min(start, at), max(end, at))
        if key[2] != row[2] or begins != (row[3] == "1"):
            wrong.append(f"{row}: belongs to visit {key}, begins it: {begins}")
        visits.setdefault(key, []).append(row)
    told = {key: _tell(members) for key, members in visits.items()}
    return {key: row for key, row in told.items() if row}, wrong


def _tell(members: list[Row]) -> Row:
    pages = [row for row in members if row[5] == "pageview"]
    opened = [row for row in members if row[5] != "engagement"]
    if not opened:
        return []
    acted = any(row[5] != "pageview" and row[6] == "1" for row in opened)
    bounce = len(pages) <= 1 and not acted
    times = [int(row[4]) for row in members]
    first, last = min(times), max(times)
    # The earliest and the latest page; of two at once the first seen, and the last seen.
    entry = min(pages, key=lambda row: int(row[4])) if pages else None
    leave = max(reversed(pages), key=lambda row: int(row[4])) if pages else None
    duration = 0 if bounce else (last - first) // 1000
    engaged = sum(int(row[7]) for row in members if row[5] == "engagement")
    numbers = [members[0][10], len(pages), len(opened), int(bounce), duration, engaged]
    places = [*(entry[8:10] if entry else ("", "")), *(leave[8:10] if leave else ("", ""))]
    return [*map(str, numbers), *places, str(first), str(last)]
