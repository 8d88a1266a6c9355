"""The rollups that dbt builds, compared with a recount of the same rows in plain Python."""

import os
import random
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from analytics_saas import clickhouse, dbt
from analytics_saas.env import BASE_DIR

EVENT = ("project_id", "local_date", "timestamp", "utc_offset", "name", "visitor_id", "visit_id")
EVENT += ("ingest_batch", "pos")
VISIT = ("project_id", "local_date", "visit_id", "visitor_id", "start", "end", "utc_offset")
VISIT += ("is_bounce", "duration", "engaged_ms", "version")
TOUCHED = ("project_id", "local_date", "ingest_batch")
TOTALS = ("visitors", "visits", "pageviews", "events", "bounces", "visit_seconds", "engaged_ms")

BATCH = 1_000_000

Day = tuple[int, date]


def local_now(offset: int) -> datetime:
    """Return the clock on the wall so many minutes from UTC."""
    return datetime.now(UTC) + timedelta(minutes=offset)


# Projects nobody else's test uses, in two odd zones where midnight is not near.
ODD_OFFSETS = [offset for offset in (345, -570, 765, -210) if 0 < local_now(offset).hour < 23]
ZONES = dict(zip((910_001, 910_002), ODD_OFFSETS, strict=False))


def today(project: int) -> date:
    """Return the project's open day."""
    return local_now(ZONES[project]).date()


class Written:
    """Rows of the raw tables, and what they should add up to."""

    def __init__(self) -> None:
        self.events: dict[Day, list[tuple[str, int]]] = defaultdict(list)
        self.visits: dict[int, tuple[Day, int, int, int]] = {}

    def write(self, day: Day, batch: int, seed: int) -> None:
        """Write one batch of some visits, each in two versions, as the drain does."""
        chance = random.Random(seed)
        events, visits, offset = [], [], ZONES[day[0]]
        noon = datetime(day[1].year, day[1].month, day[1].day, 12, tzinfo=UTC)
        noon -= timedelta(minutes=offset)
        for number in range(chance.randint(5, 9)):
            visitor = chance.randint(1, 6) + day[1].toordinal() * 100
            visit = seed * 1000 + number
            names = chance.choices(["pageview", "Signup", "engagement"], k=chance.randint(1, 5))
            for name in names:
                at = (*day, noon, offset, name, visitor, visit, batch, len(events))
                events.append(at)
                self.events[day].append((name, visitor))
            seconds, engaged = chance.randint(0, 900), chance.randint(0, 90_000)
            for version, state in enumerate([(1, 0, 5), (number % 2, seconds, engaged)]):
                row = (*day, visit, visitor, noon, noon, offset, *state, batch + version)
                visits.append(row)
                self.visits[visit] = (day, *state)
        writer = clickhouse.writer()
        # Two inserts, so that both versions of a visit are there to be merged.
        for half in (visits[::2], visits[1::2]):
            writer.insert("visits", half, column_names=VISIT)
        writer.insert("touched", [(*day, batch)], column_names=TOUCHED)
        writer.insert("events", events, column_names=EVENT)

    def totals(self, day: Day) -> tuple[int, ...]:
        """Count a day again."""
        events = [event for event in self.events[day] if event[0] != "engagement"]
        visits = [visit for visit in self.visits.values() if visit[0] == day]
        visitors = len({visitor for _, visitor in events})
        pageviews = sum(name == "pageview" for name, _ in events)
        sums = (sum(visit[place] for visit in visits) for place in (1, 2, 3))
        return (visitors, len(visits), pageviews, len(events), *sums)


def built() -> dict[Day, tuple[tuple[int, ...], int]]:
    """Return the totals and generation that a reader sees."""
    sql = f"""SELECT project_id, local_date, {", ".join(f"daily_totals.{n}" for n in TOTALS)},
        generation FROM daily_totals INNER JOIN (SELECT * FROM rollup_days FINAL) AS rollup_days
        USING (project_id, local_date, generation) WHERE project_id IN {tuple(ZONES)}"""
    rows = clickhouse.reader().query(sql).result_rows
    assert len({row[:2] for row in rows}) == len(rows), "one generation holds for a day"
    return {(row[0], row[1]): (tuple(row[2:-1]), row[-1]) for row in rows}


def generations(day: Day) -> int:
    """Return how many generations of a day are stored."""
    sql = "SELECT count() FROM daily_totals WHERE project_id = {p:UInt32} AND local_date = {d:Date}"
    return clickhouse.reader().query(sql, parameters={"p": day[0], "d": day[1]}).result_rows[0][0]


def test_dbt_builds_closed_days_and_again_those_that_change(clickhouse_tables):
    """Closed days of odd zones equal the recount; a late row rebuilds its day and no other."""
    written = Written()
    closed = [(p, today(p) - timedelta(days=back)) for p in ZONES for back in (1, 2, 40)]
    for place, day in enumerate([*closed, *((p, today(p)) for p in ZONES)]):
        written.write(day, BATCH, place + 1)
    call_command("dbt")
    first = built()
    assert {day: totals for day, (totals, _) in first.items()} == {
        day: written.totals(day) for day in closed
    }

    late = closed[1]
    written.write(late, BATCH + 10, 99)
    # Half built: raw has more than the rollup, and rollup_days says so.
    assert built() == first
    call_command("dbt")
    second = built()
    assert second[late][0] == written.totals(late) != first[late][0]
    assert second[late][1] > first[late][1]
    assert second | {late: first[late]} == first
    assert generations(late) == 2

    # Nothing is new: nothing is built, and what was replaced goes, a run later than its last use.
    call_command("dbt")
    assert built() == second
    assert clickhouse.writer().command("SELECT count() FROM due_days") == 0
    assert generations(late) == 1


def test_dbt_says_when_clickhouse_is_not_there():
    """One sentence, and what to do."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "dbt"]
    nowhere = {"CLICKHOUSE_URL": "http://writer:secret@127.0.0.1:1/daysalt"}
    run = subprocess.run(command, env=os.environ | nowhere, capture_output=True, text=True)
    assert run.returncode == 1
    assert "ClickHouse at 127.0.0.1:1 cannot be used: start it with `make up`" in run.stderr
    assert "Traceback" not in run.stderr
    assert "secret" not in run.stderr


def test_dbt_runs_once_at_a_time(clickhouse_tables):
    """A second build is refused while one holds the lock."""
    with dbt.alone(), pytest.raises(CommandError, match="another build"):
        call_command("dbt")
