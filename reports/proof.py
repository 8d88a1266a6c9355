"""What a ledger's reader can check it by: the recount of its last days, and what is set aside."""

from datetime import UTC, date
from typing import Any

from reports import runner


def recount(project_id: int, first: date, last: date) -> dict[str, Any] | None:
    """Return the last recount of a period's days, None if none of them was counted.

    Raises ApiError 503 without ClickHouse.
    """
    given = {"first": first, "last": last}
    ((days, at, begin, end, stored, counted, different),) = runner.fetch_fixed(
        project_id, "recount", given
    )
    if not days:
        return None
    return {
        "at": at.replace(tzinfo=UTC),
        "date_range": [begin.isoformat(), end.isoformat()],
        "stored": int(stored),
        "counted": int(counted),
        "different_days": int(different),
    }


def dead_letters(project_id: int) -> list[dict[str, Any]]:
    """Return by reason how many letters wait, and since when. Raises ApiError 503."""
    rows = runner.fetch_fixed(project_id, "dead_letters", {})
    return [
        {"reason": reason, "waiting": int(count), "oldest": oldest.replace(tzinfo=UTC)}
        for reason, count, oldest in rows
    ]
