"""Counts what every organization used of its plan, from the ledger; runs for no person."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from projects.usage import record_months
from reports import runner

# Events of the last days of a month may still be on their way when it is over, as after an outage.
LATE = timedelta(days=3)


def record_usage(now: datetime) -> int:
    """Set what was used this month, in its first days also the last one; return how many projects.

    Each call counts anew and sets totals, so it may be repeated or lost. `now` is UTC. Raises
    ApiError 503 without ClickHouse.
    """
    first = (now - LATE).date().replace(day=1)
    months: dict[date, dict[int, int]] = defaultdict(dict)
    for project_id, month, events in _count(datetime.combine(first, time(), now.tzinfo), now):
        months[month][int(project_id)] = int(events)
    for month, events in months.items():
        record_months(month=month, events=events)
    return len({project_id for events in months.values() for project_id in events})


def _count(since: datetime, until: datetime) -> Sequence[Sequence[Any]]:
    sql = (runner.FIXED / "usage.sql").read_text()
    return runner.fetch(0, "usage", sql, {"since": since, "until": until})
