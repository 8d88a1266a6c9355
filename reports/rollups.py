"""Which questions the rollups of dbt answer, and for which days. Pure."""

from dataclasses import dataclass, replace
from datetime import date

from reports.catalog import DIMENSIONS, Dimension, Extra, Kind, Level, Part
from reports.filters import Leaf, Node, Op, Tree, leaves
from reports.periods import Period
from reports.query import Query

# The number of dbt/macros/shape.sql: days that were built otherwise are not read.
SHAPE = 1
TOTAL, HOUR = "total", "time:hour"
ROLLED = {
    key
    for key, row in DIMENSIONS.items()
    if row.level is not Level.TIME and row.kind in (Kind.TEXT, Kind.NUMBER)
}
# What each part of a query is called in daily_values.
COLUMNS = {
    Part.VISITORS: "visitors",
    Part.PAGEVIEWS: "pageviews",
    Part.EVENTS: "events",
    Part.VISITS: "visits",
    Part.VISIT_ROWS: "visits",
    Part.VISIT_VIEWS: "visit_views",
    Part.BOUNCES: "bounces",
    Part.SECONDS: "visit_seconds",
    Part.SCROLL: "scroll_sum",
    Part.SCROLL_VISITS: "scroll_visits",
    Part.ENGAGED: "engaged_ms",
    Part.ENGAGED_VISITS: "engaged_visits",
}


@dataclass(frozen=True, slots=True)
class Days:
    """How many local days of a project are built, and those with rows that no build has seen.

    A day that is neither has no rows: the drain names every day before it writes events to it.
    """

    built: int = 0
    open: tuple[date, ...] = ()

    def raw(self, period: Period) -> Period | None:
        """Return the shortest stretch of a period that has all open days in it."""
        found = [day for day in self.open if period.first <= day <= period.last]
        return replace(period, first=min(found), last=max(found)) if found else None


class NotRolled(Exception):
    """Only raw rows can answer; the text says why."""


def rolled_dimension(query: Query) -> str:
    """Return the dimension of the rows of daily_values that answer a query. Raises NotRolled."""
    if query.period.since or query.period.until:
        raise NotRolled("the range is cut to instants")
    _check_numbers(query)
    named = {leaf.dimension.key for node in query.filters for leaf in _plain_leaves(node)}
    named |= {row.key for row in query.dimensions if row.level is not Level.TIME}
    bucket = query.time_dimension.key if query.time_dimension else ""
    if bucket == "time:minute" or (bucket == HOUR and named):
        raise NotRolled("hours and minutes are known of whole days only")
    if len(named) > 1:
        raise NotRolled("rollups know one dimension at a time")
    if not named <= ROLLED:
        raise NotRolled(f"{named.pop()} is in no rollup")
    _check_filters(query)
    return named.pop() if named else (HOUR if bucket == HOUR else TOTAL)


def on_values(row: Dimension) -> Dimension:
    """Return a dimension as it is read from daily_values."""
    return replace(row, on_events="value", on_visits="value", kind=Kind.TEXT)


def _check_numbers(query: Query) -> None:
    if not set(query.parts) <= COLUMNS.keys():
        raise NotRolled("revenue is in no rollup")
    if not query.extras <= {Extra.ALL}:
        raise NotRolled("rates of conversions and exits are in no rollup")


def _check_filters(query: Query) -> None:
    """Refuse to add up what one visitor may be in twice."""
    if not query.filters or _is_one_value(query.filters):
        return
    if Extra.ALL in query.extras:
        raise NotRolled("a share of several values needs the visitors of all of them")
    if all(row.level is Level.TIME for row in query.dimensions):
        raise NotRolled("visitors of several values are not their sum")


def _is_one_value(filters: tuple[Node, ...]) -> bool:
    (first, *others) = filters
    return (
        not others
        and isinstance(first, Leaf)
        and first.op is Op.IS
        and first.case_sensitive
        and len(set(first.values)) == 1
    )


def _plain_leaves(node: Node) -> list[Leaf]:
    if not _is_plain(node):
        raise NotRolled("has_done is about single visits")
    return list(leaves(node))


def _is_plain(node: Node) -> bool:
    if isinstance(node, Tree):
        return all(_is_plain(child) for child in node.children)
    return isinstance(node, Leaf)
