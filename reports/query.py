"""A question about one project, checked and frozen. Pure: the builder makes SQL of it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from reports.catalog import Dimension, Extra, Kind, Level, Metric, Part, Unit
from reports.comparisons import Comparison
from reports.filters import Node, leaves
from reports.goals import Goal
from reports.periods import Period

MOST_ROWS = 10_000
INCLUDES = ("time_labels", "total_rows", "explain")


class QueryError(ValueError):
    """A field cannot be read; the text names the limit and the fix."""

    def __init__(self, field: str, message: str, code: str = "invalid_query") -> None:
        super().__init__(message)
        self.field, self.message, self.code = field, message, code


@dataclass(frozen=True, slots=True)
class Query:
    """What to count, over which local dates, grouped and narrowed how.

    `filters` are the checked conditions, `asked` the same as they were sent. `goals` are those
    that the dimension event:goal tells apart. `currency` is that of all goals of the filters.
    """

    project_id: int
    metrics: tuple[Metric, ...]
    period: Period
    dimensions: tuple[Dimension, ...] = ()
    filters: tuple[Node, ...] = ()
    asked: tuple[Any, ...] = ()
    goals: tuple[Goal, ...] = ()
    currency: str = ""
    order_by: tuple[tuple[str, str], ...] = ()
    time_labels: bool = False
    total_rows: bool = False
    explain: bool = False
    comparison: Comparison | None = None
    limit: int = MOST_ROWS
    offset: int = 0

    @property
    def time_dimension(self) -> Dimension | None:
        """The dimension of the time axis, if there is one."""
        return next((row for row in self.dimensions if row.level is Level.TIME), None)

    @property
    def parts(self) -> list[Part]:
        """The additive numbers that its metrics need."""
        return [part for part in Part if any(part in metric.parts for metric in self.metrics)]

    @property
    def extras(self) -> set[Extra]:
        """The divisors that its metrics need beside."""
        return {metric.extra for metric in self.metrics if metric.extra}

    @property
    def by_goal(self) -> bool:
        """Whether it tells goals apart."""
        return any(row.kind is Kind.GOAL for row in self.dimensions)

    @property
    def knows_currency(self) -> bool:
        """Whether revenue means one currency in each row."""
        return bool(self.currency) or (self.by_goal and any(goal.currency for goal in self.goals))

    def filters_by(self, key: str) -> bool:
        """Tell whether a condition on the rows themselves is of this dimension."""
        return any(leaf.dimension.key == key for node in self.filters for leaf in leaves(node))

    def of_period(self, period: Period) -> "Query":
        """Return the same question about another period, all rows of it."""
        return replace(self, period=period, comparison=None, order_by=(), offset=0)

    def echo(self) -> dict[str, Any]:
        """Return what was understood, in the words of the API."""
        included: dict[str, Any] = {name: getattr(self, name) for name in INCLUDES}
        if self.comparison:
            included["comparisons"] = {
                "mode": self.comparison.mode.value,
                "match_day_of_week": self.comparison.match_day_of_week,
                "date_range": said(self.comparison.period),
            }
        return {
            "metrics": [metric.key for metric in self.metrics],
            "date_range": said(self.period),
            "dimensions": [dimension.key for dimension in self.dimensions],
            "filters": list(self.asked),
            "order_by": [list(pair) for pair in self.order_by],
            "include": included,
            "pagination": {"limit": self.limit, "offset": self.offset},
        }


def said(period: Period) -> list[str]:
    """Return a period as [from, to]: instants, both included, if that was asked, else dates."""
    if period.since and period.until:
        last = period.until - timedelta(milliseconds=1)
        return [moment.isoformat(timespec="milliseconds") for moment in (period.since, last)]
    return [period.first.isoformat(), period.last.isoformat()]


def is_money(metric: Metric) -> bool:
    """Tell a metric whose value has a currency."""
    return metric.unit is Unit.MONEY
