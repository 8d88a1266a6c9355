"""What goes together in a query, and what does not. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from reports.catalog import Dimension, Kind, Level, Metric, Need
from reports.filters import Leaf, Node, is_about_conversion, leaves, levels
from reports.goals import Goal
from reports.periods import MOST_HOURLY_DAYS, MOST_MINUTE_DAYS, Period
from reports.query import Query, QueryError
from reports.where import named_goals

EXIT_PAGE = "visit:exit_page"
MOST_DAYS = {"time:hour": MOST_HOURLY_DAYS, "time:minute": MOST_MINUTE_DAYS}
COARSER = {"time:hour": "time:day", "time:minute": "time:hour"}


def settle(query: Query, goals: Callable[[], Sequence[Goal]]) -> Query:
    """Check the whole and add what goals mean for it. Raises QueryError."""
    if query.time_labels and query.time_dimension is None:
        raise QueryError("include.time_labels", "Labels need a time dimension, such as time:day.")
    if query.by_goal:
        query = replace(query, goals=_told_apart(query.filters, goals()))
    for place, metric in enumerate(query.metrics):
        if problem := _problem(query, metric):
            raise QueryError(f"metrics[{place}]", f"{metric.key} {problem}")
    return replace(query, currency=_currency(query))


def bucket_problem(row: Dimension, period: Period) -> str:
    """Return why a period is too long for a time dimension, '' when it is not."""
    most = MOST_DAYS.get(row.key, period.days)
    if period.days <= most:
        return ""
    return f"{row.key} goes with at most {most} days: use {COARSER[row.key]}."


def _told_apart(filters: tuple[Node, ...], goals: Sequence[Goal]) -> tuple[Goal, ...]:
    """Return the goals that every filter by goal leaves."""
    found = tuple(goals)
    for node in filters:
        if isinstance(node, Leaf) and node.dimension.kind is Kind.GOAL:
            found = tuple(goal for goal in found if goal in node.goals)
    return found


def _problem(query: Query, metric: Metric) -> str:
    if metric.need is Need.GROUPS:
        return "" if query.dimensions else "needs a dimension."
    if metric.need is Need.PAGE:
        return _page_problem(query)
    if metric.need is Need.GOAL:
        return _goal_problem(query)
    return _exit_problem(query) if metric.need is Need.EXIT else ""


def _page_problem(query: Query) -> str:
    keys = {row.key for row in query.dimensions}
    if "event:page" not in keys and not query.filters_by("event:page"):
        return "needs the dimension event:page or a filter by it."
    for key in ("event:goal", "event:name"):
        if key in keys or query.filters_by(key):
            return f"is of engagement, which {key} does not know: ask for it without."
    return ""


def _goal_problem(query: Query) -> str:
    if query.by_goal or any(_picks_goals(node) for node in query.filters):
        return ""
    return "needs the dimension event:goal, or a filter by it that stands alone."


def _picks_goals(node: Node) -> bool:
    found = any(leaf.dimension.kind is Kind.GOAL for leaf in leaves(node))
    return found and is_about_conversion(node)


def _exit_problem(query: Query) -> str:
    if [row.key for row in query.dimensions] != [EXIT_PAGE]:
        return f"needs the dimension {EXIT_PAGE} and no other."
    if any(Level.EVENT in levels(node) for node in query.filters):
        return "is of visits: ask for it without filters of event: dimensions."
    return ""


def _currency(query: Query) -> str:
    """Return the one currency of the goals that the filters name, '' for none or several."""
    found = {goal.currency for goal in named_goals(query.filters) if goal.currency}
    return found.pop() if len(found) == 1 else ""
