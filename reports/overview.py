"""What the projects ask of the reports: all of them at a glance, and what a filter may be."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics_saas.errors import ApiError
from projects.models import Project
from projects.ports import Glance, Reports
from projects.rules import RuleError
from reports import runner
from reports.catalog import DIMENSIONS
from reports.filter_reader import parse_filters
from reports.filters import FilterError, Op
from reports.realtime import WINDOW

DAYS = 7
WORDS = {"os": "Operating system", "os_version": "Operating system version", "name": "Event"}
OPERATORS = {
    Op.IS: "is",
    Op.IS_NOT: "is not",
    Op.CONTAINS: "contains",
    Op.CONTAINS_NOT: "does not contain",
    Op.MATCHES: "matches",
    Op.MATCHES_NOT: "does not match",
}


def glance(projects: Sequence[Project], now: datetime) -> dict[int, Glance] | None:
    """Return seven days of every project by its key, from one query; None without numbers."""
    if not projects:
        return {}
    # One day more than seven, since it is tomorrow already somewhere.
    parameters = {"first": now.date() - timedelta(days=DAYS), "since": now - WINDOW}
    try:
        rows = runner.fetch_glances([project.pk for project in projects], parameters)
    except ApiError:
        return None
    visitors: dict[tuple[int, date], int] = {}
    current: dict[int, int] = {}
    for key, day, count, there in rows:
        visitors[(key, day)] = count
        current[key] = current.get(key, 0) + there
    return {
        project.pk: Glance(
            tuple(visitors.get((project.pk, day), 0) for day in _days(project, now)),
            current.get(project.pk, 0),
        )
        for project in projects
    }


def _days(project: Project, now: datetime) -> list[date]:
    today = now.astimezone(ZoneInfo(project.time_zone)).date()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def check_filters(given: object) -> None:
    """Raise RuleError for filters that no query would take, or that their page cannot show."""
    try:
        parse_filters(given)
    except FilterError as error:
        raise RuleError(str(error), field=f"filters{error.path}") from None
    for place, one in enumerate(given if isinstance(given, list) else []):
        if one[0] not in OPERATORS or len(one) != 3:
            problem = f"A segment keeps [operator, dimension, [values]] of {', '.join(OPERATORS)}."
            raise RuleError(problem, field=f"filters[{place}]")


def _word(key: str) -> str:
    name = key.partition(":")[2]
    return WORDS.get(name, name.replace("_", " ").capitalize())


REPORTS = Reports(
    check_filters=check_filters,
    glance=glance,
    dimensions=[(key, _word(key)) for key, row in DIMENSIONS.items() if row.filterable],
    operators=[(op.value, word) for op, word in OPERATORS.items()],
)
