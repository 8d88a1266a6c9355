"""Conditions of a query as a checked tree: leaves, and / or / not, has_done, segments. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import re2

from reports.catalog import Dimension, Kind, Level
from reports.goals import Goal

MOST_FILTERS = 20
MOST_VALUES = 100
LONGEST_VALUE = 2_000
LONGEST_PATTERN = 500
# Of a compiled pattern: with RE2's own 8 MiB, 450 characters of repeats took 10 seconds to read.
MOST_PATTERN_BYTES = 128 << 10
DEEPEST = 5
# Of all filters of a query, in UTF-8: ClickHouse takes so much in one parameter, escaped.
MOST_BYTES = 20_000


class FilterError(ValueError):
    """The filter cannot be read; `path` points into it, the text says what is allowed."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Op(StrEnum):
    """How a column is compared; several values mean any of them."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"
    MATCHES = "matches"
    MATCHES_NOT = "matches_not"
    IS_SET = "is_set"
    IS_EMPTY = "is_empty"


NEGATIONS = {
    Op.IS_NOT: Op.IS,
    Op.CONTAINS_NOT: Op.CONTAINS,
    Op.MATCHES_NOT: Op.MATCHES,
    Op.IS_SET: Op.IS_EMPTY,
}
PATTERNS = (Op.MATCHES, Op.MATCHES_NOT)
WITHOUT_VALUES = (Op.IS_SET, Op.IS_EMPTY)


class Joint(StrEnum):
    """How conditions are joined."""

    AND = "and"
    OR = "or"
    NOT = "not"


class Deed(StrEnum):
    """Whether a visit contains another event."""

    DONE = "has_done"
    NOT_DONE = "has_not_done"


SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A checked condition on one dimension; of a goal, `goals` are those that it names."""

    op: Op
    dimension: Dimension
    values: tuple[str, ...]
    case_sensitive: bool = True
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """Several conditions, or one that must not hold."""

    joint: Joint
    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Holds for all rows of a visit that contains an event for which `child` holds, or for none."""

    deed: Deed
    child: "Node"


Node = Leaf | Tree | Done


@dataclass(frozen=True, slots=True)
class Known:
    """What filters may name of one project; None where it is not known yet, so any name will do.

    `segment` returns the filters of a saved segment, or None for one that is not to be seen.
    """

    goals: Callable[[], Sequence[Goal]] | None = None
    segment: Callable[[str], Any] | None = None


def leaves(node: Node) -> Iterator[Leaf]:
    """Go through the conditions on a row itself; not those on other events of its visit."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Tree):
        for child in node.children:
            yield from leaves(child)


def levels(node: Node) -> set[Level]:
    """Return where the columns of a row's own conditions live."""
    return {leaf.dimension.level for leaf in leaves(node)}


def is_about_conversion(node: Node) -> bool:
    """Tell a condition that only says which conversions count, by goal or property."""
    found = list(leaves(node))
    kinds = (Kind.GOAL, Kind.PROPERTY)
    return bool(found) and all(leaf.dimension.kind in kinds for leaf in found)


def check_pattern(pattern: str) -> str:
    """Return what is wrong with a regular expression of RE2, '' when nothing is."""
    if len(pattern) > LONGEST_PATTERN:
        return f"A regular expression has at most {LONGEST_PATTERN} characters."
    options = re2.Options()
    options.log_errors, options.max_mem = False, MOST_PATTERN_BYTES
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        text = reason.decode() if isinstance(reason, bytes) else str(reason)
        return f"This is no regular expression of RE2 ({text[:100]}): see its syntax."
    return ""
