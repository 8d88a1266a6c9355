# ruff: noqa: S608 - SQL is composed here, from catalogue rows and bound parameters only.
"""SELECTs over raw rows: the parts of a query, by its dimensions, from one source each. Pure."""

from reports.bound import Bound
from reports.catalog import Dimension, Kind, Level, Part
from reports.columns import COUNTED, DEEPEST, counted, reaches, shown
from reports.filters import levels
from reports.goals import GoalKind
from reports.query import Query
from reports.tables import Source
from reports.where import PROJECT_DAYS, Where, named_goals

VISIT_COLUMNS = "visit_id, entry_page, exit_page, entry_hostname, exit_hostname"
EVENT_PARTS = {
    Part.VISITORS: "uniqExact(visitor_id)",
    Part.PAGEVIEWS: "countIf(name = 'pageview')",
    Part.EVENTS: "count()",
    Part.VISITS: "uniqExact(visit_id)",
}
MONEY = {Part.REVENUE, Part.SALES}
VISIT_PARTS = {
    Part.VISITS: "count()",
    Part.VISIT_ROWS: "count()",
    Part.VISIT_VIEWS: "sum(pageviews)",
    Part.BOUNCES: "sum(is_bounce)",
    Part.SECONDS: "sum(duration)",
}
ENGAGEMENT_PARTS = {
    Part.SCROLL: "sum(deepest)",
    Part.SCROLL_VISITS: "countIf(told > 0)",
    Part.ENGAGED: "sum(engaged)",
    Part.ENGAGED_VISITS: "count()",
}


class Raw:
    """Writes the reads of one query over raw rows."""

    def __init__(self, query: Query, bound: Bound) -> None:
        self._query, self._bound = query, bound
        self._where = Where(query.period, bound)
        goals = named_goals(query.filters) + query.goals
        self._counts_engagement = any(goal.kind is GoalKind.SCROLL for goal in goals)
        self._rows = counted(goals, bound)

    def select(self, source: Source, gives: frozenset[Part]) -> str:
        """Return the SELECT of a source: all dimensions, then all parts, 0 where it has none."""
        return {
            Source.EVENTS: self._events,
            Source.VISITS: self._visits,
            Source.ENGAGEMENT: self._engagement,
        }[source](gives)

    def _events(self, gives: frozenset[Part]) -> str:
        columns = [self._column(row) for row in self._query.dimensions]
        parts = EVENT_PARTS | (self._revenue() if gives & MONEY else {})
        if self._counts_engagement:
            parts[Part.EVENTS] = f"countIf({COUNTED})"
        source = f"{self._from_events()}\nWHERE {' AND '.join(self._conditions(self._rows))}"
        return self._grouped(columns, parts, gives, source)

    def _revenue(self) -> dict[Part, str]:
        """Return what was paid in the goal's own currency, in the thousandths that are stored."""
        own = self._bound(self._query.currency)
        if self._query.by_goal:
            own = f"{self._bound.all(tuple(one.currency for one in self._query.goals))}[reached]"
        paid = f"currency = {own} AND currency != ''"
        return {
            Part.REVENUE: f"sumIf(reinterpretAsInt64(revenue), {paid})",
            Part.SALES: f"countIf({paid})",
        }

    def _visits(self, gives: frozenset[Part]) -> str:
        dimensions = self._query.dimensions
        of_events = [row for row in dimensions if row.level is Level.EVENT]
        if not of_events:
            columns = [shown(row, self._bound, on_visits=True) for row in dimensions]
            conditions = self._where.visit_rows(self._query.filters, self._rows)
            source = f"FROM visits FINAL\nWHERE {' AND '.join(conditions)}"
            return self._grouped(columns, VISIT_PARTS, gives, source)
        inner = [f"{self._column(row)} AS e{place}" for place, row in enumerate(of_events)]
        columns = [
            f"e{of_events.index(row)}" if row in of_events
            else shown(row, self._bound, on_visits=True)
            for row in dimensions
        ]  # fmt: skip
        own = tuple(node for node in self._query.filters if Level.EVENT not in levels(node))
        of_visits = self._where.visit_rows(own, "")
        source = (
            f"FROM (SELECT DISTINCT visit_id, {', '.join(inner)} {self._from_events(joined=False)}"
            f" WHERE {' AND '.join(self._conditions(self._rows))}) AS e"
            f"\nINNER JOIN (SELECT * FROM visits FINAL WHERE {' AND '.join(of_visits)}) AS v"
            " USING (visit_id)"
        )
        return self._grouped(columns, VISIT_PARTS, gives, source)

    def _engagement(self, gives: frozenset[Part]) -> str:
        """Take the deepest scroll and the whole time of each visit first."""
        dimensions = self._query.dimensions
        columns = [f"{shown(row, self._bound)} AS g{n}" for n, row in enumerate(dimensions)]
        names = [f"g{place}" for place in range(len(dimensions))]
        conditions = " AND ".join(self._conditions("name = 'engagement'"))
        source = (
            f"FROM (SELECT {', '.join(['visit_id', *columns])},"
            f" maxIf(scroll_depth, scroll_depth <= {DEEPEST}) AS deepest,"
            f" countIf(scroll_depth <= {DEEPEST}) AS told, sum(engaged_ms) AS engaged"
            f" {self._from_events()} WHERE {conditions}"
            f" GROUP BY {', '.join(['visit_id', *names])})"
        )
        return self._grouped(names, ENGAGEMENT_PARTS, gives, source)

    def _conditions(self, rows: str) -> list[str]:
        return self._where.event_rows(self._query.filters, rows)

    def _column(self, row: Dimension) -> str:
        if row.kind is Kind.GOAL:
            return f"{self._bound.all(tuple(goal.name for goal in self._query.goals))}[reached]"
        return shown(row, self._bound)

    def _from_events(self, *, joined: bool = True) -> str:
        """Return events; each goal that one reaches makes a row of it."""
        source = "FROM events"
        if self._query.by_goal:
            reached = ", ".join(
                f"if({reaches(goal, self._bound)}, {place}, 0)"
                for place, goal in enumerate(self._query.goals, 1)
            )
            source += f"\nARRAY JOIN arrayFilter(one -> one > 0, [{reached or '0'}]) AS reached"
        return source + with_visits(self._query.dimensions) * joined

    def _grouped(
        self, columns: list[str], known: dict[Part, str], gives: frozenset[Part], rest: str
    ) -> str:
        chosen = [f"{column} AS d{place}" for place, column in enumerate(columns)]
        parts = self._query.parts
        chosen += [f"{known[part] if part in gives else '0'} AS {part}" for part in parts]
        groups = ", ".join(f"d{place}" for place in range(len(columns)))
        return f"SELECT {', '.join(chosen)}\n{rest}" + (f"\nGROUP BY {groups}" if groups else "")


def with_visits(dimensions: tuple[Dimension, ...]) -> str:
    """Return the join that gives events the columns that only their visit has."""
    if not any(row.level is Level.VISIT for row in dimensions):
        return ""
    read = f"SELECT {VISIT_COLUMNS} FROM visits FINAL WHERE {PROJECT_DAYS}"
    return f"\nINNER JOIN ({read}) AS v USING (visit_id)"
