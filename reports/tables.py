"""Which table answers each part of a query, and why. Pure; the one place that chooses."""

from dataclasses import dataclass, replace
from enum import StrEnum

from reports.catalog import Level, Part
from reports.query import Query
from reports.rollups import Days, NotRolled, rolled_dimension


class Source(StrEnum):
    """Rows that parts are counted in."""

    EVENTS = "events"
    VISITS = "visits"
    ENGAGEMENT = "engagement"


PARTS = {
    Source.EVENTS: {
        Part.VISITORS, Part.PAGEVIEWS, Part.EVENTS, Part.REVENUE, Part.SALES,
    },
    Source.VISITS: {Part.VISIT_ROWS, Part.VISIT_VIEWS, Part.BOUNCES, Part.SECONDS},
    Source.ENGAGEMENT: {
        Part.SCROLL, Part.SCROLL_VISITS, Part.ENGAGED, Part.ENGAGED_VISITS,
    },
}  # fmt: skip
ROLLUPS = "rollups"
NO_DAYS = Days()


@dataclass(frozen=True, slots=True)
class Plan:
    """The sources of the parts, in their order, and where their rows come from.

    `raw` is the question as raw rows are asked it, None when they are asked nothing; `rolled`
    the dimension of the rollups that answer for all other days, '' when none do.
    """

    sources: tuple[tuple[Source, frozenset[Part]], ...]
    raw: Query | None
    rolled: str
    why: str

    @property
    def tables(self) -> list[str]:
        """What is read, by name."""
        raw = [source.value for source, _ in self.sources] if self.raw else []
        return [ROLLUPS] * bool(self.rolled) + raw


def plan(query: Query, days: Days = NO_DAYS) -> Plan:
    """Choose the rows for every part: rollups of days that are built, raw rows of the rest."""
    sources = _sources(query)
    try:
        rolled = rolled_dimension(query)
    except NotRolled as reason:
        return Plan(sources, query, "", f"Raw rows: {reason}.")
    if not days.built:
        return Plan(sources, query, "", "Raw rows: no day of the project is built.")
    raw = days.raw(query.period)
    if raw is None:
        return Plan(sources, None, rolled, "Rollups: every day of the range is built.")
    if (raw.first, raw.last) == (query.period.first, query.period.last):
        why = f"Raw rows: {raw.first} to {raw.last} has rows at both ends that are in no rollup."
        return Plan(sources, query, "", why)
    why = f"Rollups, and raw rows from {raw.first} to {raw.last}: no build has seen them all."
    return Plan(sources, replace(query, period=raw), rolled, why)


def may_use_rollups(query: Query) -> bool:
    """Tell whether it matters which days are built."""
    return bool(plan(query, Days(built=1)).rolled)


def _sources(query: Query) -> tuple[tuple[Source, frozenset[Part]], ...]:
    by_event = any(row.level is Level.EVENT for row in query.dimensions)
    # A visit counts where it starts, unless its events are told apart.
    counts_visits = Source.EVENTS if by_event else Source.VISITS
    found = []
    for source, known in PARTS.items():
        gives = known | ({Part.VISITS} if source is counts_visits else set())
        if needed := frozenset(query.parts) & gives:
            found.append((source, needed))
    return tuple(found)
