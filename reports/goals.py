"""A goal as a query sees it: which rows are conversions. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

WILDCARDS = ("**", "*")


class GoalKind(StrEnum):
    """What is looked at."""

    PAGE = "page"
    EVENT = "event"
    SCROLL = "scroll"


@dataclass(frozen=True, slots=True)
class Goal:
    """What counts as a success; `pattern` is a path with `*` within a segment, `**` across."""

    name: str
    kind: GoalKind
    pattern: str = ""
    event: str = ""
    properties: tuple[tuple[str, str], ...] = ()
    percent: int = 0
    currency: str = ""


def read_goals(rows: Iterable[Any]) -> tuple[Goal, ...]:
    """Return the goals of a project's rows, in their order."""
    return tuple(
        Goal(
            name=row.name,
            kind=GoalKind(row.kind),
            pattern=row.page_pattern,
            event=row.event_name,
            properties=tuple(row.properties.items()),
            percent=row.scroll_percent,
            currency=row.currency,
        )
        for row in rows
    )
