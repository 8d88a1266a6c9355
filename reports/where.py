# ruff: noqa: S608 - SQL is composed here, from catalogue rows and bound parameters only.
"""A tree of filters as the condition of a row of events or of visits. Pure.

What only the other table knows is asked for by visit_id, so a tree means the same on both.
"""

from collections.abc import Iterable

from reports.bound import Bound
from reports.catalog import Level
from reports.columns import counted, holds
from reports.filters import Deed, Done, Joint, Leaf, Node, leaves, levels
from reports.goals import Goal
from reports.periods import Period

PROJECT_DAYS = (
    "project_id = {project_id:UInt32} AND local_date BETWEEN {first:Date} AND {last:Date}"
)


def named_goals(nodes: Iterable[Node]) -> tuple[Goal, ...]:
    """Return the goals that conditions on the row itself name."""
    return tuple(goal for node in nodes for leaf in leaves(node) for goal in leaf.goals)


def within(period: Period, column: str) -> list[str]:
    """Return what cuts days to instants, if anything does."""
    since = f"{column} >= {{since:DateTime64(3, 'UTC')}}"
    until = f"{column} < {{until:DateTime64(3, 'UTC')}}"
    return [since] * (period.since is not None) + [until] * (period.until is not None)


class Where:
    """Writes the conditions of one statement."""

    def __init__(self, period: Period, bound: Bound) -> None:
        self._period, self._bound = period, bound

    def events(self, nodes: Iterable[Node]) -> list[str]:
        """Return the conditions on a row of events; those on its visit come in one subquery."""
        return self._split(tuple(nodes), Joint.AND)

    def visits(self, nodes: Iterable[Node]) -> list[str]:
        """Return the conditions on a row of visits that need no event of its own."""
        return [self._on_visits(node) for node in nodes]

    def event_rows(self, nodes: tuple[Node, ...], rows: str) -> list[str]:
        """Return all conditions of a read of events; `rows` says which kinds of them."""
        return [PROJECT_DAYS, *within(self._period, "timestamp"), rows, *self.events(nodes)]

    def visit_rows(self, nodes: tuple[Node, ...], rows: str) -> list[str]:
        """Return all conditions of a read of visits that contain such an event."""
        of_events = tuple(node for node in nodes if Level.EVENT in levels(node))
        others = [node for node in nodes if Level.EVENT not in levels(node)]
        found = [PROJECT_DAYS, *within(self._period, "start"), *self.visits(others)]
        if of_events:
            inside = " AND ".join(self.event_rows(of_events, rows))
            found.append(f"visit_id IN (SELECT visit_id FROM events WHERE {inside})")
        return found

    def _split(self, nodes: tuple[Node, ...], joint: Joint) -> list[str]:
        """Return conditions on events; those that visits alone can tell share one subquery."""
        of_visits = [node for node in nodes if _is_of_visits(node)]
        found = [self._on_events(node) for node in nodes if not _is_of_visits(node)]
        if of_visits:
            inside = f" {joint.upper()} ".join(self.visits(of_visits))
            found.append(
                "visit_id IN (SELECT visit_id FROM visits FINAL"
                f" WHERE {PROJECT_DAYS} AND ({inside}))"
            )
        return found

    def _on_events(self, node: Node) -> str:
        if isinstance(node, Leaf):
            return holds(node, self._bound)
        if isinstance(node, Done):
            return self._done(node)
        return _joined(node.joint, self._split(node.children, node.joint))

    def _on_visits(self, node: Node) -> str:
        if isinstance(node, Leaf):
            return holds(node, self._bound)
        if isinstance(node, Done):
            return self._done(node)
        return _joined(node.joint, [self._on_visits(child) for child in node.children])

    def _done(self, node: Done) -> str:
        rows = counted(named_goals([node.child]), self._bound)
        inside = " AND ".join(self.event_rows((node.child,), rows))
        negated = "NOT " * (node.deed is Deed.NOT_DONE)
        return f"visit_id {negated}IN (SELECT visit_id FROM events WHERE {inside})"


def _is_of_visits(node: Node) -> bool:
    found = levels(node)
    return Level.VISIT in found and Level.EVENT not in found


def _joined(joint: Joint, conditions: list[str]) -> str:
    if joint is Joint.NOT:
        return f"NOT ({conditions[0]})"
    return f"({f' {joint.upper()} '.join(conditions)})" if conditions else "1"
