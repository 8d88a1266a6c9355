# ruff: noqa: S608 - SQL is composed here, from catalogue rows and bound parameters only.
"""SELECTs over the rollups of closed days, in the columns of those over raw rows. Pure."""

from reports.bound import Bound
from reports.catalog import Dimension, Level
from reports.columns import holds
from reports.filters import Leaf, Node, Tree
from reports.query import Query
from reports.rollups import COLUMNS, HOUR, SHAPE, TOTAL, on_values
from reports.tables import Plan, Source
from reports.where import joined

ROLLED_DAYS = (
    "project_id = {project_id:UInt32}"
    " AND local_date BETWEEN {rolled_first:Date} AND {rolled_last:Date}"
)
RAW_DAYS = "local_date NOT BETWEEN {first:Date} AND {last:Date}"
# A row is there when it is in the raw rows that would have been read.
PRESENT = {Source.EVENTS: "events", Source.VISITS: "visits", Source.ENGAGEMENT: "engaged_visits"}


class Rolled:
    """Writes the reads of one query over daily_values."""

    def __init__(self, query: Query, plan: Plan, bound: Bound) -> None:
        self._query, self._plan, self._bound = query, plan, bound
        period = query.period
        bound.parameters |= {"rolled_first": period.first, "rolled_last": period.last}

    def select(self) -> str:
        """Return the SELECT of all dimensions, then of all parts."""
        columns = [f"{_column(row)} AS d{n}" for n, row in enumerate(self._query.dimensions)]
        parts = [f"sum(r.{COLUMNS[part]}) AS {part}" for part in self._query.parts]
        present = " OR ".join(f"r.{PRESENT[source]} > 0" for source, _ in self._plan.sources)
        conditions = [*self._conditions(self._plan.rolled), f"({present})"]
        groups = ", ".join(f"d{place}" for place in range(len(columns)))
        return (
            f"SELECT {', '.join(columns + parts)}\nFROM daily_values AS r"
            f"\nWHERE {' AND '.join(conditions)}" + (f"\nGROUP BY {groups}" if groups else "")
        )

    def all_visitors(self) -> str:
        """Return the SELECT of the visitors of all rows together, each once a day."""
        dimension = self._plan.rolled if self._query.filters else TOTAL
        conditions = " AND ".join(self._conditions(dimension))
        return f"SELECT sum(r.visitors)\nFROM daily_values AS r\nWHERE {conditions}"

    def _conditions(self, dimension: str) -> list[str]:
        published = (
            "(local_date, generation) IN (SELECT local_date, generation FROM rollup_days FINAL"
            f" WHERE {ROLLED_DAYS} AND shape = {self._bound(SHAPE, 'UInt16')})"
        )
        return [
            ROLLED_DAYS,
            f"dimension = {self._bound(dimension)}",
            *[RAW_DAYS] * bool(self._plan.raw),
            published,
            *(self._holds(node) for node in self._query.filters),
        ]

    def _holds(self, node: Node) -> str:
        if isinstance(node, Tree):
            return joined(node.joint, [self._holds(child) for child in node.children])
        assert isinstance(node, Leaf)
        return holds(_of_values(node), self._bound)


def _of_values(leaf: Leaf) -> Leaf:
    return Leaf(leaf.op, on_values(leaf.dimension), leaf.values, leaf.case_sensitive)


def _column(row: Dimension) -> str:
    if row.level is Level.TIME and row.key != HOUR:
        return row.on_events
    return "r.value"
