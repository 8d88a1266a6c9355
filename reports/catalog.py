"""Every metric and dimension, one row each: the only source of identifiers in report SQL."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """An additive integer a metric is made of; its value is its column in composed SQL."""

    VISITORS = "visitor_count"
    PAGEVIEWS = "pageview_count"
    EVENTS = "event_count"
    VISITS = "visit_count"
    VISIT_ROWS = "visit_rows"
    BOUNCES = "bounce_count"
    SECONDS = "visit_seconds"


# VISITS is missing on purpose: the builder counts it in events when a dimension is of events.
EVENT_PARTS = {
    Part.VISITORS: "uniqExact(visitor_id)",
    Part.PAGEVIEWS: "countIf(name = 'pageview')",
    Part.EVENTS: "count()",
}
VISIT_PARTS = {
    Part.VISIT_ROWS: "count()",
    Part.BOUNCES: "sum(is_bounce)",
    Part.SECONDS: "sum(duration)",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: the parts it needs and the expression over their sums."""

    key: str
    parts: tuple[Part, ...]
    expression: str


class Level(StrEnum):
    """Where a dimension's column lives."""

    EVENT = "event"  # on events only
    BOTH = "both"  # on events and on visits, with the same meaning
    VISIT = "visit"  # on visits only
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to group: its level and its expression in each table."""

    key: str
    level: Level
    on_events: str
    on_visits: str

    @property
    def filterable(self) -> bool:
        """Time is narrowed by date_range, not by a filter."""
        return self.level is not Level.TIME


METRICS = {
    metric.key: metric
    for metric in (
        Metric("visitors", (Part.VISITORS,), "sum(visitor_count)"),
        Metric("visits", (Part.VISITS,), "sum(visit_count)"),
        Metric("pageviews", (Part.PAGEVIEWS,), "sum(pageview_count)"),
        Metric(
            "views_per_visit",
            (Part.PAGEVIEWS, Part.VISITS),
            "if(sum(visit_count) = 0, 0, round(sum(pageview_count) / sum(visit_count), 2))",
        ),
        Metric(
            "bounce_rate",
            (Part.BOUNCES, Part.VISIT_ROWS),
            "if(sum(visit_rows) = 0, 0, round(100 * sum(bounce_count) / sum(visit_rows), 1))",
        ),
        Metric(
            "visit_duration",
            (Part.SECONDS, Part.VISIT_ROWS),
            "if(sum(visit_rows) = 0, 0, toUInt64(round(sum(visit_seconds) / sum(visit_rows))))",
        ),
        Metric("events", (Part.EVENTS,), "sum(event_count)"),
    )
}

DIMENSIONS = {
    dimension.key: dimension
    for dimension in (
        Dimension("event:page", Level.EVENT, "path", "path"),
        Dimension("event:name", Level.EVENT, "name", "name"),
        Dimension("event:hostname", Level.EVENT, "hostname", "hostname"),
        Dimension("visit:source", Level.BOTH, "source", "source"),
        Dimension("visit:channel", Level.BOTH, "channel", "channel"),
        Dimension("visit:country", Level.BOTH, "country", "country"),
        Dimension("visit:browser", Level.BOTH, "browser", "browser"),
        Dimension("visit:device", Level.BOTH, "device", "device"),
        Dimension("visit:os", Level.BOTH, "os", "os"),
        Dimension("visit:entry_page", Level.VISIT, "entry_page", "entry_page"),
        Dimension("visit:exit_page", Level.VISIT, "exit_page", "exit_page"),
        Dimension(
            "time:hour",
            Level.TIME,
            "formatDateTime(addMinutes(timestamp, utc_offset), '%Y-%m-%d %H:00:00')",
            "formatDateTime(addMinutes(start, utc_offset), '%Y-%m-%d %H:00:00')",
        ),
        # A row's local_date is the local day of its time, so days need no clock.
        Dimension("time:day", Level.TIME, "toString(local_date)", "toString(local_date)"),
        Dimension(
            "time:week", Level.TIME, "toString(toMonday(local_date))",
            "toString(toMonday(local_date))",
        ),
        Dimension(
            "time:month", Level.TIME, "toString(toStartOfMonth(local_date))",
            "toString(toStartOfMonth(local_date))",
        ),
    )
}  # fmt: skip

# `time` stands for one of the above, chosen by the length of the period.
AUTOMATIC_TIME = "time"
