"""Which table answers each part of a query, and why. Pure; the one place that chooses."""

from dataclasses import dataclass
from enum import StrEnum

from reports.catalog import Level, Part
from reports.query import Query


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


@dataclass(frozen=True, slots=True)
class Plan:
    """The sources to read, in their order, each with the parts that it gives."""

    sources: tuple[tuple[Source, frozenset[Part]], ...]
    why: str


def plan(query: Query) -> Plan:
    """Choose the rows for every part. Rollups come in here."""
    by_event = any(row.level is Level.EVENT for row in query.dimensions)
    # A visit counts where it starts, unless its events are told apart.
    counts_visits = Source.EVENTS if by_event else Source.VISITS
    found = []
    for source, known in PARTS.items():
        gives = known | ({Part.VISITS} if source is counts_visits else set())
        if needed := frozenset(query.parts) & gives:
            found.append((source, needed))
    return Plan(tuple(found), "Raw rows: no rollup is read yet.")
