"""What a share is a share of: visitors of all rows, of the same row, views of a page. Pure."""

from collections.abc import Iterable

from reports.bound import Bound
from reports.catalog import Dimension, Extra, Kind
from reports.columns import COUNTED, counted, shown
from reports.filters import Node, is_about_conversion, leaves
from reports.query import Query
from reports.raw import with_visits
from reports.rules import EXIT_PAGE
from reports.where import Where, named_goals

CONVERSION = (Kind.GOAL, Kind.PROPERTY)


class Divisors:
    """Writes the reads that the shares of one query divide by."""

    def __init__(self, query: Query, bound: Bound) -> None:
        self._query, self._bound = query, bound
        self._where = Where(query.period, bound)

    def scalars(self) -> list[str]:
        """Return constants of a WITH clause: those that are the same for every row."""
        extras, found = self._query.extras, []
        if Extra.ALL in extras:
            rows = counted(named_goals(self._query.filters) + self._query.goals, self._bound)
            found.append((Extra.ALL, self._visitors((), self._query.filters, rows)))
        if Extra.POSSIBLE in extras:
            found.append((Extra.POSSIBLE, self._possible(())))
        if Extra.GROUP in extras and not self._others():
            found.append((Extra.GROUP, self._possible(())))
        return [f"({select}) AS {name}" for name, select in found]

    def joins(self) -> list[str]:
        """Return joins to the rows that are summed by dimension, which names their columns."""
        found = []
        if Extra.GROUP in self._query.extras and (others := self._others()):
            found.append(self._join(self._possible(others), Extra.GROUP, others))
        if Extra.VIEWED in self._query.extras:
            found.append(self._join(self._page_views(), Extra.VIEWED, self._query.dimensions))
        return found

    def _join(self, select: str, name: Extra, rows: tuple[Dimension, ...]) -> str:
        keys = ", ".join(f"d{self._query.dimensions.index(row)}" for row in rows)
        select = select.replace("AS divisor", f"AS {name}", 1)
        return f"LEFT JOIN (\n{select}\n) AS of_{name} USING ({keys})"

    def _others(self) -> tuple[Dimension, ...]:
        """Return the dimensions that a visitor has who reached no goal."""
        return tuple(row for row in self._query.dimensions if row.kind not in CONVERSION)

    def _possible(self, rows: tuple[Dimension, ...]) -> str:
        filters = tuple(node for node in self._query.filters if not is_about_conversion(node))
        return self._visitors(rows, filters, counted(named_goals(filters), self._bound))

    def _visitors(self, rows: tuple[Dimension, ...], filters: tuple[Node, ...], counts: str) -> str:
        names = [f"d{self._query.dimensions.index(row)}" for row in rows]
        columns = [
            f"{shown(row, self._bound)} AS {name}" for row, name in zip(rows, names, strict=True)
        ]
        conditions = self._where.event_rows(filters, counts)
        select = (
            f"SELECT {', '.join([*columns, 'uniqExact(visitor_id) AS divisor'])}"
            f"\nFROM events{with_visits(rows)}\nWHERE {' AND '.join(conditions)}"
        )
        return select + (f"\nGROUP BY {', '.join(names)}" if names else "")

    def _page_views(self) -> str:
        filters = without_exit_page(self._query.filters)
        conditions = self._where.event_rows(filters, COUNTED)
        return (
            "SELECT path AS d0, countIf(name = 'pageview') AS divisor"
            f"\nFROM events\nWHERE {' AND '.join(conditions)}\nGROUP BY d0"
        )


def without_exit_page(filters: Iterable[Node]) -> tuple[Node, ...]:
    """Drop what is about exit pages alone: views of a page count wherever the visit ended."""
    return tuple(
        node for node in filters
        if {leaf.dimension.key for leaf in leaves(node)} != {EXIT_PAGE}
    )  # fmt: skip
