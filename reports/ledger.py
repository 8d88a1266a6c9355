"""What became of everything a project sent: accepted, and then stored, dropped or dead, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from reports import periods, proof, runner
from reports.parse import MOST_OFFSET
from reports.periods import Period, PeriodError
from reports.query import MOST_ROWS, QueryError

USUAL_RANGE, USUAL_ROWS = "7d", 1_000
MOST_MINUTE_DAYS = 2


class Outcome(StrEnum):
    """Whatever is accepted is then stored, dropped or dead; stored events may be erased later."""

    ACCEPTED = "accepted"
    STORED = "stored"
    DROPPED = "dropped"
    DEAD = "dead"
    ERASED = "erased"
    # A mark that counts no event: from here on the day's visitors are counted anew.
    SALT_LOST = "salt_lost"


# How each interval's local time is written, as ClickHouse's formatDateTime does it.
FORMATS = {"day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00:00", "minute": "%Y-%m-%d %H:%i:00", "all": ""}
LONGEST_DAYS = {"hour": periods.MOST_HOURLY_DAYS, "minute": MOST_MINUTE_DAYS}
FIELDS = ("date_range", "interval", "outcome", "limit", "offset")


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """One project's ledger over local dates, in stretches of time; `outcome` '' means all."""

    project_id: int
    period: Period
    zone: ZoneInfo
    interval: str
    outcome: str
    limit: int
    offset: int

    def parameters(self) -> dict[str, Any]:
        """Return the bounds as UTC moments: since ≤ minute < until."""
        first = datetime.combine(self.period.first, time(), self.zone)
        end = datetime.combine(self.period.last + timedelta(days=1), time(), self.zone)
        since, until = self.period.since or first, self.period.until or end
        return {"since": since.astimezone(UTC), "until": until.astimezone(UTC)}


def parse_question(
    project_id: int,
    given: Mapping[str, str],
    *,
    zone: ZoneInfo,
    now: datetime,
    first_day: Callable[[], date | None],
) -> LedgerQuestion:
    """Read the parameters of an address. Raises QueryError."""
    for name in given:
        if name not in FIELDS:
            raise QueryError(name[:60], f"Unknown parameter; allowed are {', '.join(FIELDS)}.")
    interval = _one_of("interval", given.get("interval", "day"), tuple(FORMATS))
    outcome = given.get("outcome", "")
    if outcome:
        _one_of("outcome", outcome, tuple(Outcome))
    period = _period(given.get("date_range", USUAL_RANGE), zone, now, first_day)
    most = LONGEST_DAYS.get(interval, period.days)
    if period.days > most:
        message = (
            f"The interval {interval} is counted for at most {most} days: choose a longer one."
        )
        raise QueryError("interval", message)
    return LedgerQuestion(
        project_id=project_id,
        period=period,
        zone=zone,
        interval=interval,
        outcome=outcome,
        limit=_whole("limit", given.get("limit", f"{USUAL_ROWS}"), 1, MOST_ROWS),
        offset=_whole("offset", given.get("offset", "0"), 0, MOST_OFFSET),
    )


def first_day(project_id: int, zone: ZoneInfo) -> date | None:
    """Return the first local date of which the ledger knows anything."""
    ((minute, lines),) = runner.fetch_fixed(project_id, "ledger_start", {})
    return minute.replace(tzinfo=UTC).astimezone(zone).date() if lines else None


def answer(question: LedgerQuestion) -> dict[str, Any]:
    """Return a page of rows, the period's totals, and their proof. Raises ApiError 503."""
    bounds = question.parameters()
    totals = runner.fetch_fixed(question.project_id, "ledger_totals", bounds)
    page = {
        "format": FORMATS[question.interval],
        "zone": question.zone.key,
        "outcome": question.outcome,
        # One row more tells whether there is another page.
        "limit": question.limit + 1,
        "offset": question.offset,
    }
    rows = runner.fetch_fixed(question.project_id, "ledger", bounds | page)
    is_last = len(rows) <= question.limit
    return {
        "date_range": [question.period.first.isoformat(), question.period.last.isoformat()],
        "interval": question.interval,
        "totals": _totals({outcome: int(count) for outcome, count in totals}),
        "results": [_row(*row) for row in rows[: question.limit]],
        "next_offset": None if is_last else question.offset + question.limit,
        "recount": proof.recount(question.project_id, question.period.first, question.period.last),
        "dead_letters": proof.dead_letters(question.project_id),
    }


def _totals(counts: Mapping[str, int]) -> dict[str, int]:
    """Return every outcome, and what is accepted and not settled yet: 0 at rest."""
    known = {outcome.value: counts.get(outcome, 0) for outcome in Outcome}
    settled = sum(known[outcome] for outcome in (Outcome.STORED, Outcome.DROPPED, Outcome.DEAD))
    return known | {"in_transit": known[Outcome.ACCEPTED] - settled}


def _row(stretch: str, outcome: str, reason: str, count: int) -> dict[str, Any]:
    """Return one row; a reason may name what it met, such as a bot, after a colon."""
    reason, _, detail = reason.partition(":")
    return {
        "time": stretch or None,
        "outcome": outcome,
        "reason": reason,
        "detail": detail,
        "count": int(count),
    }


def _period(
    given: str, zone: ZoneInfo, now: datetime, first_day: Callable[[], date | None]
) -> Period:
    """Resolve a name of the query API, or two dates with a comma between them."""
    try:
        return periods.resolve(given.split(",") if "," in given else given, zone, now, first_day)
    except PeriodError as error:
        text = str(error).replace("[from, to]", "from,to")
        raise QueryError("date_range", text) from None


def _one_of(field: str, given: str, allowed: tuple[str, ...]) -> str:
    if given not in allowed:
        raise QueryError(field, f"{field} must be one of {', '.join(allowed)}.")
    return given


def _whole(field: str, given: str, least: int, most: int) -> int:
    is_whole = given.isascii() and given.isdecimal() and len(given) < 12
    if not is_whole or not least <= int(given) <= most:
        raise QueryError(field, f"{field} must be a whole number from {least} to {most}.")
    return int(given)
