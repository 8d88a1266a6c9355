"""Every metric and dimension, one row each: the only source of identifiers in report SQL.

`means` is the line of docs/queries.md, which a test compares. Pure.
"""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """An additive number a metric is made of; its value is its column in composed SQL."""

    VISITORS = "visitor_count"
    PAGEVIEWS = "pageview_count"
    EVENTS = "event_count"
    REVENUE = "revenue_sum"
    SALES = "sale_count"
    VISITS = "visit_count"
    VISIT_ROWS = "visit_rows"
    VISIT_VIEWS = "visit_views"
    BOUNCES = "bounce_count"
    SECONDS = "visit_seconds"
    SCROLL = "scroll_sum"
    SCROLL_VISITS = "scroll_visits"
    ENGAGED = "engaged_sum"
    ENGAGED_VISITS = "engaged_visits"


class Extra(StrEnum):
    """A divisor that is not of the row alone; its value is its name in composed SQL."""

    ALL = "all_visitors"  # of all rows together
    POSSIBLE = "possible_visitors"  # of all rows, converted or not
    GROUP = "group_visitors"  # of this row, converted or not
    VIEWED = "viewed_count"  # page views of the page that this row's visits left from


class Need(StrEnum):
    """What a query must have for a metric to mean something."""

    NOTHING = ""
    PAGE = "page"
    GOAL = "goal"
    GROUPS = "groups"
    EXIT = "exit"
    SALE = "sale"  # without it the number is null, with a warning


class Unit(StrEnum):
    """What the number is, and so how a change of it is told."""

    COUNT = "count"
    PERCENT = "percent"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: the parts it needs and the expression over their sums."""

    key: str
    parts: tuple[Part, ...]
    expression: str
    means: str
    need: Need = Need.NOTHING
    extra: Extra | None = None
    unit: Unit = Unit.COUNT


class Level(StrEnum):
    """Where a dimension's column lives."""

    EVENT = "event"  # on events only
    BOTH = "both"  # on events and on visits, with the same meaning
    VISIT = "visit"  # on visits only
    TIME = "time"


class Kind(StrEnum):
    """How a dimension's column is read."""

    TEXT = "text"
    NUMBER = "number"
    PROPERTY = "property"
    GOAL = "goal"
    NAME = "name"  # a code that is shown, compared and sorted by its name


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to group: its level and its expression in each table."""

    key: str
    level: Level
    on_events: str
    on_visits: str
    means: str = ""
    kind: Kind = Kind.TEXT
    # What the value is when there is none, beside the empty text; and the field's word for it.
    nothing: str = ""
    blank: str = "(not set)"

    @property
    def filterable(self) -> bool:
        """Time is narrowed by date_range, not by a filter."""
        return self.level is not Level.TIME


def _rate(above: str, below: str, digits: int, nothing: str = "0") -> str:
    return f"if({below} = 0, {nothing}, round(100 * {above} / {below}, {digits}))"


METRICS = {
    metric.key: metric
    for metric in (
        Metric(
            "visitors", (Part.VISITORS,), "sum(visitor_count)",
            "people: distinct visitors of a day; of several days, the sum of the days",
        ),
        Metric(
            "visits", (Part.VISITS,), "sum(visit_count)",
            "visits, where they start; by a dimension of events, visits with such an event",
        ),
        Metric("pageviews", (Part.PAGEVIEWS,), "sum(pageview_count)", "pages seen"),
        Metric(
            "views_per_visit", (Part.VISIT_VIEWS, Part.VISIT_ROWS),
            "if(sum(visit_rows) = 0, 0, round(sum(visit_views) / sum(visit_rows), 2))",
            "pages that a visit saw on the whole, on average",
        ),
        Metric(
            "bounce_rate", (Part.BOUNCES, Part.VISIT_ROWS),
            _rate("sum(bounce_count)", "sum(visit_rows)", 1),
            "percent of visits with one page and no interactive event", unit=Unit.PERCENT,
        ),
        Metric(
            "visit_duration", (Part.SECONDS, Part.VISIT_ROWS),
            "if(sum(visit_rows) = 0, 0, toUInt64(round(sum(visit_seconds) / sum(visit_rows))))",
            "seconds from a visit's first to its last event, on average; a bounce has 0",
        ),
        Metric(
            "events", (Part.EVENTS,), "sum(event_count)",
            "page views and custom events; engagement is none. With a goal: conversions",
        ),
        Metric(
            "scroll_depth", (Part.SCROLL, Part.SCROLL_VISITS),
            "if(sum(scroll_visits) = 0, NULL,"
            " toUInt8(round(sum(scroll_sum) / sum(scroll_visits))))",
            "percent of the page that a visit reached at most, on average; null when never told",
            Need.PAGE, unit=Unit.PERCENT,
        ),
        Metric(
            "time_on_page", (Part.ENGAGED, Part.ENGAGED_VISITS),
            "if(sum(engaged_visits) = 0, NULL,"
            " toUInt64(round(sum(engaged_sum) / sum(engaged_visits) / 1000)))",
            "seconds that a visit had the page before its eyes, on average; null when never told",
            Need.PAGE,
        ),
        Metric(
            "percentage", (Part.VISITORS,),
            _rate("sum(visitor_count)", "any(all_visitors)", 1),
            "visitors of the row in percent of the visitors of all rows",
            Need.GROUPS, Extra.ALL, Unit.PERCENT,
        ),
        Metric(
            "conversion_rate", (Part.VISITORS,),
            _rate("sum(visitor_count)", "any(possible_visitors)", 2),
            "visitors of the row in percent of all visitors, whether they reached a goal or not",
            Need.GOAL, Extra.POSSIBLE, Unit.PERCENT,
        ),
        Metric(
            "group_conversion_rate", (Part.VISITORS,),
            _rate("sum(visitor_count)", "any(group_visitors)", 2),
            "visitors of the row in percent of those of the same row who reached a goal or not",
            Need.GOAL, Extra.GROUP, Unit.PERCENT,
        ),
        Metric(
            "exit_rate", (Part.VISIT_ROWS,),
            _rate("sum(visit_rows)", "any(viewed_count)", 1, "NULL"),
            "visits that left from the page in percent of the page's views",
            Need.EXIT, Extra.VIEWED, Unit.PERCENT,
        ),
        Metric(
            "average_revenue", (Part.REVENUE, Part.SALES),
            "if(sum(sale_count) = 0, 0, sum(revenue_sum) / 1000 / sum(sale_count))",
            "revenue of one conversion in the goal's currency, on average",
            Need.SALE, unit=Unit.MONEY,
        ),
        Metric(
            "total_revenue", (Part.REVENUE,), "sum(revenue_sum) / 1000",
            "revenue of all conversions in the goal's currency",
            Need.SALE, unit=Unit.MONEY,
        ),
    )
}  # fmt: skip


def _event(name: str, column: str, means: str) -> Dimension:
    return Dimension(f"event:{name}", Level.EVENT, column, column, means)


def _both(
    name: str, means: str, *, column: str = "", kind: Kind = Kind.TEXT, nothing: str = "",
    blank: str = "(not set)",
) -> Dimension:  # fmt: skip
    column = column or name
    return Dimension(f"visit:{name}", Level.BOTH, column, column, means, kind, nothing, blank)


def _visit(name: str, column: str, means: str) -> Dimension:
    return Dimension(f"visit:{name}", Level.VISIT, column, column, means)


def _time(name: str, on_rows: str, means: str) -> Dimension:
    on_events, on_visits = (on_rows.format(moment=moment) for moment in ("timestamp", "start"))
    return Dimension(f"time:{name}", Level.TIME, on_events, on_visits, means)


DIRECT = "Direct / None"
NO_PROPERTY = "(none)"
CLOCK = "formatDateTime(addMinutes({{moment}}, utc_offset), '{format}')"

DIMENSIONS = {
    dimension.key: dimension
    for dimension in (
        Dimension(
            "event:goal", Level.EVENT, "", "", "a goal of the project, by its name", Kind.GOAL
        ),
        _event("name", "name", "`pageview`, or the name of a custom event"),
        _event("page", "path", "path of the page"),
        _event("hostname", "hostname", "host of the page"),
        _visit("entry_page", "entry_page", "first page of the visit"),
        _visit("exit_page", "exit_page", "last page of the visit"),
        _visit("entry_page_hostname", "entry_hostname", "host of the first page"),
        _visit("exit_page_hostname", "exit_hostname", "host of the last page"),
        _both("source", "what led to the visit, such as `Google`", nothing=DIRECT, blank=DIRECT),
        _both("referrer", "page that linked to the site", blank=DIRECT),
        _both("channel", "kind of source, such as `Organic Search`"),
        _both("utm_source", "campaign tag of the entry page"),
        _both("utm_medium", "campaign tag of the entry page"),
        _both("utm_campaign", "campaign tag of the entry page"),
        _both("utm_content", "campaign tag of the entry page"),
        _both("utm_term", "campaign tag of the entry page"),
        _both("device", "`Desktop`, `Mobile`, `Tablet` …"),
        _both("browser", "name of the browser"),
        _both("browser_version", "version of the browser"),
        _both("os", "name of the operating system"),
        _both("os_version", "version of the operating system"),
        _both("screen", "class of the window's width"),
        _both("language", "first language that the browser asks for"),
        _both("country", "ISO 3166-1 code, such as `DE`"),
        _both("region", "ISO 3166-2 code, such as `DE-BE`"),
        _both("city", "GeoNames id, such as `2950159`", kind=Kind.NUMBER, nothing="0"),
        _both("country_name", "name of the country", column="country", kind=Kind.NAME),
        _both("region_name", "name of the region", column="region", kind=Kind.NAME),
        _both("city_name", "name of the city, or its id where none is known", column="city",
              kind=Kind.NAME, nothing="0"),
        _time("minute", CLOCK.format(format="%Y-%m-%d %H:%i:00"), "minute of the local clock"),
        _time("hour", CLOCK.format(format="%Y-%m-%d %H:00:00"), "hour of the local clock"),
        # A row's local_date is the local day of its time, so days need no clock.
        _time("day", "toString(local_date)", "local day"),
        _time("week", "toString(toMonday(local_date))", "Monday of the week"),
        _time("month", "toString(toStartOfMonth(local_date))", "first day of the month"),
    )
}  # fmt: skip

# `time` stands for one of the above, chosen by the length of the period.
AUTOMATIC_TIME = "time"
PROPERTY_PREFIX = "event:props:"
PROPERTY_MEANS = f"value of the property KEY; `{NO_PROPERTY}` without it"
LONGEST_PROPERTY = 300


def find_dimension(key: object) -> Dimension | None:
    """Return the row of a name, made up for a property; None for what is no dimension."""
    if not isinstance(key, str):
        return None
    name = key.removeprefix(PROPERTY_PREFIX)
    if name == key:
        return DIMENSIONS.get(key)
    if not 1 <= len(name.encode()) <= LONGEST_PROPERTY or "\0" in name:
        return None
    return Dimension(key, Level.EVENT, name, name, PROPERTY_MEANS, Kind.PROPERTY, blank=NO_PROPERTY)


def names(*, filterable: bool = False) -> list[str]:
    """Return all that a query may group by, or filter by, for an error or a description."""
    rows = [key for key, row in DIMENSIONS.items() if row.filterable or not filterable]
    return [*rows, f"{PROPERTY_PREFIX}KEY", *([] if filterable else [AUTOMATIC_TIME])]
