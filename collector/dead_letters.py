"""The table of dead letters, for whoever sends them again: pages of it, and what leaves it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from clickhouse_connect.driver.client import Client

from collector.reentry import Letter

MOST_LETTERS, MOST_BYTES = 1_000, 16 << 20
# So many go into one deletion, which rewrites parts; a statement may have 256 kB.
MOST_RANGES = 2_000
CHOSEN = """
at < fromUnixTimestamp64Milli({before:Int64})
    AND ({anyone:Bool} OR project_id = {project_id:UInt32})
    AND ({reason:String} = '' OR reason = {reason:String})
"""
# The first condition is that of the order below, in the form for which the key is used.
BEYOND = """
    AND (project_id > {last_project:UInt32} OR (project_id = {last_project:UInt32}
        AND at >= fromUnixTimestamp64Milli({last_at:Int64})))
    AND (project_id, toUnixTimestamp64Milli(at), batch, pos)
        > ({last_project:UInt32}, {last_at:Int64}, {last_batch:UInt64}, {last_pos:UInt32})
"""
ORDER = "ORDER BY project_id, at, batch, pos"
PLACE = "project_id, toUnixTimestamp64Milli(at), batch, pos"
SIZES = f"""
SELECT length(raw) FROM dead_letters FINAL WHERE {CHOSEN} {BEYOND} {ORDER} LIMIT {{most:UInt32}}
"""  # noqa: S608 - constants
PAGE = f"""
SELECT {PLACE}, reason, raw FROM dead_letters FINAL
WHERE {CHOSEN} {BEYOND} {ORDER} LIMIT {{most:UInt32}}
"""  # noqa: S608 - constants
WAIT = {"mutations_sync": 2}

Place = tuple[int, int, int, int]
START: Place = (0, -1, 0, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters: of before a moment; None and '' are every project and reason."""

    before: datetime
    project_id: int | None = None
    reason: str = ""

    def parameters(self) -> dict[str, Any]:
        """Return what CHOSEN asks for."""
        return {
            "before": int(self.before.timestamp() * 1000),
            "anyone": self.project_id is None,
            "project_id": self.project_id or 0,
            "reason": self.reason,
        }


def pages(clickhouse: Client, choice: Choice) -> Iterator[list[Letter]]:
    """Yield letters in the order of their key, a few megabytes at a time."""
    last = START
    while page := _page(clickhouse, choice, last):
        yield page
        last = page[-1][:4]


def _page(clickhouse: Client, choice: Choice, last: Place) -> list[Letter]:
    names = ("last_project", "last_at", "last_batch", "last_pos")
    given = choice.parameters() | dict(zip(names, last, strict=True))
    sizes = clickhouse.query(SIZES, parameters=given | {"most": MOST_LETTERS}).result_rows
    count, size = 0, 0
    for (length,) in sizes:
        size += length
        if count and size > MOST_BYTES:
            break
        count += 1
    if not count:
        return []
    bytes_of = {"raw": "bytes"}
    rows = clickhouse.query(PAGE, given | {"most": count}, column_formats=bytes_of).result_rows
    return [Letter._make(row) for row in rows]


def remove(clickhouse: Client, letters: Iterable[tuple[int, int]]) -> None:
    """Delete letters by batch and position, for good; a repeat is harmless."""
    ranges = list(_ranges(letters))
    for start in range(0, len(ranges), MOST_RANGES):
        which = " OR ".join(
            f"(batch = {batch} AND pos BETWEEN {first} AND {last})"
            for batch, first, last in ranges[start : start + MOST_RANGES]
        )
        clickhouse.command(f"ALTER TABLE dead_letters DELETE WHERE {which}", settings=WAIT)


def _ranges(letters: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield batch, first and last of each unbroken row of positions."""
    found = sorted(set(letters))
    # Within an unbroken row, position and place in the list grow alike.
    for _, run in groupby(enumerate(found), key=lambda one: (one[1][0], one[1][1] - one[0])):
        steps = [letter for _, letter in run]
        yield steps[0][0], steps[0][1], steps[-1][1]
