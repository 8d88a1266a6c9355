"""From the JSON of filters to a checked tree. Pure; what a project knows comes in as Known."""

from typing import Any

from reports.catalog import Dimension, Kind, Level, find_dimension, names
from reports.filters import (
    DEEPEST,
    LONGEST_VALUE,
    MOST_BYTES,
    MOST_FILTERS,
    MOST_VALUES,
    PATTERNS,
    SEGMENT,
    WITHOUT_VALUES,
    Deed,
    FilterError,
    Joint,
    Known,
    Leaf,
    Node,
    Op,
    Tree,
    check_pattern,
)
from reports.filters import Done as DoneNode
from reports.goals import Goal

GOAL_OPS = (Op.IS, Op.CONTAINS)
WITH_CASE = (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.CONTAINS_NOT, *PATTERNS)
SHAPE = "A filter is [operator, dimension, [values]], or one of and, or, not, has_done around it."


def parse_filters(given: object, known: Known | None = None) -> tuple[Node, ...]:
    """Read a list of filters, all of which must hold. Raises FilterError."""
    if not isinstance(given, list):
        raise FilterError("filters must be a list of [operator, dimension, [values]].")
    reader = _Reader(known or Known())
    nodes = tuple(reader.read(one, f"[{place}]", 0) for place, one in enumerate(given))
    return flat(nodes)


def flat(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Lift what an `and` at the top joins, since all of the list must hold anyway."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Tree) and node.joint is Joint.AND:
            found += flat(node.children)
        else:
            found.append(node)
    return tuple(found)


class _Reader:
    """Reads one query's filters and counts what they hold."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._count = self._bytes = 0
        self._in_segment = self._in_deed = False

    def read(self, given: object, path: str, depth: int) -> Node:
        """Read one filter. Raises FilterError."""
        if not isinstance(given, list) or not given:
            raise FilterError(SHAPE, path)
        if depth > DEEPEST:
            raise FilterError(f"Filters go at most {DEEPEST} levels deep.", path)
        op = given[0]
        if op in list(Joint):
            return self._joint(Joint(op), given, path, depth)
        if op in list(Deed):
            return self._deed(Deed(op), given, path, depth)
        if len(given) > 1 and given[1] == SEGMENT:
            return self._segment(given, path, depth)
        return self._leaf(given, path)

    def _joint(self, joint: Joint, given: list[Any], path: str, depth: int) -> Node:
        if len(given) != 2 or not isinstance(given[1], list) or not given[1]:
            raise FilterError(f'Write ["{joint}", …] with filters inside.', path)
        if joint is Joint.NOT:
            return Tree(joint, (self.read(given[1], f"{path}[1]", depth + 1),))
        children = [
            self.read(one, f"{path}[1][{place}]", depth + 1) for place, one in enumerate(given[1])
        ]
        return Tree(joint, tuple(children))

    def _deed(self, deed: Deed, given: list[Any], path: str, depth: int) -> Node:
        if len(given) != 2:
            raise FilterError(f'Write ["{deed}", filter].', path)
        if self._in_deed:
            raise FilterError(f"{deed} does not go into has_done or has_not_done.", path)
        self._in_deed = True
        child = self.read(given[1], f"{path}[1]", depth + 1)
        self._in_deed = False
        return DoneNode(deed, child)

    def _segment(self, given: list[Any], path: str, depth: int) -> Node:
        if self._in_segment or self._in_deed:
            raise FilterError("A segment stands neither in a segment nor in has_done.", path)
        if given[0] != Op.IS or len(given) != 3:
            raise FilterError('Write ["is", "segment", ["s_…"]].', path)
        wanted = self._values(given[2], Op.IS, f"{path}[2]")
        self._in_segment = True
        found = [self._saved(one, f"{path}[2][{place}]", depth) for place, one in enumerate(wanted)]
        self._in_segment = False
        return found[0] if len(found) == 1 else Tree(Joint.OR, tuple(found))

    def _saved(self, name: str, path: str, depth: int) -> Node:
        if self._known.segment is None:
            raise FilterError("A segment is not known here.", path)
        saved = self._known.segment(name)
        if saved is None:
            raise FilterError(f"There is no segment {name[:40]!r} that you can see.", path)
        if not saved:
            self._count_one()
        children = [self.read(one, path, depth + 1) for one in saved]
        return Tree(Joint.AND, tuple(children))

    def _leaf(self, given: list[Any], path: str) -> Leaf:
        self._count_one()
        op = self._op(given[0], path)
        least = 2 if op in WITHOUT_VALUES else 3
        if not least <= len(given) <= 4:
            raise FilterError(SHAPE, path)
        dimension = self._dimension(given[1], path)
        values = self._values(_said(given, dimension), op, f"{path}[2]")
        case_sensitive = _case(given[3], op, f"{path}[3]") if len(given) == 4 else True
        if dimension.kind is not Kind.GOAL:
            return Leaf(op, dimension, values, case_sensitive)
        goals = self._goals(op, values, case_sensitive, path)
        return Leaf(op, dimension, values, case_sensitive, goals)

    def _count_one(self) -> None:
        self._count += 1
        if self._count > MOST_FILTERS:
            raise FilterError(f"At most {MOST_FILTERS} filters are read, those of segments too.")

    def _op(self, given: object, path: str) -> Op:
        if not isinstance(given, str) or given not in list(Op):
            allowed = ", ".join([*Op, *Joint, *Deed])
            raise FilterError(f"The operator must be one of {allowed}.", f"{path}[0]")
        return Op(given)

    def _dimension(self, key: object, path: str) -> Dimension:
        dimension = find_dimension(key)
        if dimension is None or not dimension.filterable:
            allowed = ", ".join([*names(filterable=True), SEGMENT])
            raise FilterError(f"The dimension must be one of {allowed}.", f"{path}[1]")
        if self._in_deed and dimension.level is not Level.EVENT:
            problem = "has_done looks at events: inside it, only event: dimensions go."
            raise FilterError(problem, f"{path}[1]")
        return dimension

    def _values(self, given: object, op: Op, path: str) -> tuple[str, ...]:
        least = 0 if op in WITHOUT_VALUES else 1
        most = 0 if op in WITHOUT_VALUES else MOST_VALUES
        if not isinstance(given, list) or not least <= len(given) <= most:
            problem = f"The values must be a list of 1 to {MOST_VALUES} strings."
            raise FilterError(f"{op} takes no values." if most == 0 else problem, path)
        for place, value in enumerate(given):
            self._value(value, op, f"{path}[{place}]")
        return tuple(given)

    def _value(self, text: object, op: Op, path: str) -> None:
        if not isinstance(text, str) or len(text) > LONGEST_VALUE or "\0" in text:
            problem = f"A value must be a string of at most {LONGEST_VALUE} characters."
            raise FilterError(problem, path)
        if not text and op not in (Op.IS, Op.IS_NOT):
            raise FilterError("Everything contains an empty text: give one.", path)
        self._bytes += len(text.encode())
        if self._bytes > MOST_BYTES:
            raise FilterError(f"At most {MOST_BYTES} bytes of values fit in a query.", path)
        if op in PATTERNS and (problem := check_pattern(text)):
            raise FilterError(problem, path)

    def _goals(
        self, op: Op, values: tuple[str, ...], case_sensitive: bool, path: str
    ) -> tuple[Goal, ...]:
        if op not in GOAL_OPS:
            problem = f"A goal is compared by {', '.join(GOAL_OPS)}; put not around it."
            raise FilterError(problem, f"{path}[0]")
        if self._known.goals is None:
            return ()
        goals = self._known.goals()
        found = tuple(goal for goal in goals if _named(goal, op, values, case_sensitive))
        if not found:
            has = ", ".join(goal.name for goal in goals)[:500] or "none"
            problem = f"The project has no such goal; its goals are: {has}."
            raise FilterError(problem, f"{path}[2]")
        return found


def _said(given: list[Any], dimension: Dimension) -> Any:
    """Return the values that were sent; a number may be sent as one."""
    values = given[2] if len(given) > 2 else []
    if dimension.kind is not Kind.NUMBER or not isinstance(values, list):
        return values
    return [str(value) if type(value) is int else value for value in values]


def _named(goal: Goal, op: Op, values: tuple[str, ...], case_sensitive: bool) -> bool:
    name = goal.name
    if not case_sensitive:
        name, values = name.lower(), tuple(value.lower() for value in values)
    return name in values if op is Op.IS else any(value in name for value in values)


def _case(given: object, op: Op, path: str) -> bool:
    """Return whether letters' case counts. Raises FilterError."""
    if op not in WITH_CASE or not isinstance(given, dict) or set(given) != {"case_sensitive"}:
        raise FilterError('Beside the values goes {"case_sensitive": true or false} alone.', path)
    sensitive = given["case_sensitive"]
    if not isinstance(sensitive, bool):
        raise FilterError("Write true or false.", f"{path}.case_sensitive")
    return sensitive
