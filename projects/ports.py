"""What projects ask of the reports, which stand above them and plug themselves in at the start."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from projects.models import Project


@dataclass(frozen=True, slots=True)
class Glance:
    """One project in a few numbers: visitors of its last seven days, oldest first, and now."""

    days: tuple[int, ...]
    now: int

    @property
    def visitors(self) -> int:
        """Visitors of the seven days; nobody can be followed from one to the next."""
        return sum(self.days)


@dataclass(frozen=True, slots=True)
class Reports:
    """`check_filters` raises RuleError; `glance` gives None when the numbers cannot be read.

    `dimensions` and `operators` are what a filter is made of, each with a word for people.
    """

    check_filters: Callable[[object], None]
    glance: Callable[[Sequence[Project], datetime], dict[int, Glance] | None]
    dimensions: Sequence[tuple[str, str]]
    operators: Sequence[tuple[str, str]]


_plugged: list[Reports] = []


def plug(reports: Reports) -> None:
    """Take the reports in use; called once by their app."""
    _plugged[:] = [reports]


def reports() -> Reports:
    """Return the reports in use."""
    return _plugged[0]
