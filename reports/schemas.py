"""What the query API takes and answers, for its description. Names come from the catalogue.

reports/parse.py and reports/filter_reader.py are what reads a query; these only describe it.
"""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from reports import filters, ledger, parse, periods, query, realtime
from reports.catalog import AUTOMATIC_TIME, METRICS, names
from reports.comparisons import Mode

DAY = {"type": "string", "format": "date"}
INSTANT = {"type": "string", "format": "date-time"}
VALUE = {"type": "string", "maxLength": filters.LONGEST_VALUE}
LEAF = {
    "type": "array",
    "description": "`[operator, dimension, [values], {case_sensitive}]`: any of the values will "
    "do; `is_set` and `is_empty` take none.",
    "minItems": 2,
    "maxItems": 4,
    "items": {"oneOf": [
        {"type": "string", "description": f"{', '.join(filters.Op)}; then one of "
         f"{', '.join(names(filterable=True))}, {filters.SEGMENT}."},
        {"type": "array", "maxItems": filters.MOST_VALUES,
         "items": {"oneOf": [VALUE, {"type": "integer"}]}},
        {"type": "object", "additionalProperties": False,
         "properties": {"case_sensitive": {"type": "boolean", "default": True}}},
    ]},
    "example": ["is", "visit:country", ["DE", "FR"]],
}  # fmt: skip
JOINED = {
    "type": "array",
    "description": "`[and, [filters]]`, `[or, [filters]]`, `[not, filter]`, `[has_done, filter]`, "
    "`[has_not_done, filter]`.",
    "minItems": 2,
    "maxItems": 2,
    "items": {"oneOf": [
        {"type": "string", "enum": [*filters.Joint, *filters.Deed]},
        {"type": "array", "items": {}},
    ]},
    "example": ["not", ["is", "event:page", ["/"]]],
}  # fmt: skip
FILTER = {"anyOf": [LEAF, JOINED]}
DATE_RANGE = {
    "description": "A named range in the project's own zone, or first and last day or instant.",
    "anyOf": [
        {"type": "string", "enum": [*periods.NAMES]},
        {"type": "array", "items": DAY, "minItems": 2, "maxItems": 2},
        {"type": "array", "items": INSTANT, "minItems": 2, "maxItems": 2},
    ],
}
COMPARISONS = {
    "type": "object",
    "description": "What to compare with; `date_range` for the mode custom alone.",
    "additionalProperties": False,
    "required": ["mode"],
    "properties": {
        "mode": {"type": "string", "enum": [*Mode]},
        "match_day_of_week": {"type": "boolean", "default": False},
        "date_range": DATE_RANGE,
    },
}
QUESTION: dict[str, Any] = {
    "metrics": {
        "type": "array", "items": {"type": "string", "enum": [*METRICS]}, "minItems": 1,
        "uniqueItems": True,
    },
    "date_range": DATE_RANGE,
    "dimensions": {
        "type": "array", "maxItems": parse.MOST_DIMENSIONS, "uniqueItems": True,
        "items": {"type": "string"}, "example": ["visit:source"],
        "description": f"How to group, by some of {', '.join(names())}; `{AUTOMATIC_TIME}` chooses "
        "minutes, hours, days or months.",
    },
    "filters": {
        "type": "array", "items": {"$ref": "#/components/schemas/Filter"},
        "maxItems": filters.MOST_FILTERS, "description": "All of them must hold.",
    },
    "order_by": {
        "type": "array",
        "description": "`[name, asc or desc]`: a metric or dimension of this query.",
        "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
        "example": [["visitors", "desc"]],
    },
    "include": {
        "type": "object", "additionalProperties": False,
        "properties": {name: {"type": "boolean", "default": False} for name in query.INCLUDES}
        | {"comparisons": COMPARISONS},
    },
    "pagination": {
        "type": "object", "additionalProperties": False,
        "properties": {
            "limit": {"type": "integer", "minimum": 1, "maximum": query.MOST_ROWS,
                      "default": query.MOST_ROWS},
            "offset": {"type": "integer", "minimum": 0, "maximum": parse.MOST_OFFSET, "default": 0},
        },
    },
}  # fmt: skip
SITE = {
    "type": "string",
    "description": "A project's public id, or its domain when you see one project of it only.",
    "example": "example.com",
}
PROJECT = {"type": "string", "description": "A project's public id.", "example": "p_4fTz0aQmR2xK"}


def _object(properties: dict[str, Any], required: list[str], closed: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": properties}
    found |= {"required": required} if required else {}
    return found | ({"additionalProperties": False} if closed else {})


LABELS = {"type": "array", "items": {"type": "string"}}
MONEY = _object(
    {
        "value": {"type": "number"},
        "currency": {"type": "string"},
        "short": {"type": "string"},
        "long": {"type": "string"},
    },
    ["value", "currency", "short", "long"],
)
NUMBERS = {
    "type": "array",
    "description": "Money is an object; null is a number that nothing was told about.",
    "items": {"oneOf": [{"type": "number"}, MONEY], "nullable": True},
}
CHANGES = {"type": "array", "items": {"type": "number", "nullable": True}}
ROW = _object(
    {
        "dimensions": LABELS,
        "metrics": NUMBERS,
        "comparison": _object(
            {
                "dimensions": LABELS,
                "metrics": NUMBERS,
                "change": CHANGES
                | {"description": "In percent; of percentages, the difference in points."},
            },
            ["dimensions", "metrics", "change"],
        ),
    },
    ["dimensions", "metrics"],
)
META = _object(
    {
        "time_labels": LABELS,
        "comparison_time_labels": LABELS,
        "total_rows": {"type": "integer"},
        "metric_warnings": {"type": "object", "additionalProperties": True},
        "explain": {"type": "object", "additionalProperties": True},
        "imports_included": {"type": "boolean"},
    },
    [],
)
UNDERSTOOD = {
    "type": "object",
    "description": "The query as it was understood: days resolved, defaults filled in.",
    "additionalProperties": True,
}
MINUTES = int(realtime.WINDOW.total_seconds() // 60)
COUNT = {"type": "integer", "minimum": 0}
LEDGER_ROW = _object(
    {
        "time": {
            "type": "string",
            "nullable": True,
            "description": "Local time at which the stretch begins; null for the interval all.",
        },
        "outcome": {"type": "string", "enum": [*ledger.Outcome]},
        "reason": {"type": "string", "description": "Why it was dropped, dead or erased."},
        "detail": {"type": "string", "description": "What was met, such as the name of a bot."},
        "count": COUNT,
    },
    ["time", "outcome", "reason", "detail", "count"],
)
MOMENT = {"type": "string", "format": "date-time"}
RECOUNT = _object(
    {
        "at": MOMENT,
        "date_range": {"type": "array", "items": DAY, "minItems": 2, "maxItems": 2},
        "stored": COUNT | {"description": "What the ledger says of these days, less the erased."},
        "counted": COUNT | {"description": "How many rows there are."},
        "different_days": COUNT | {"description": "Days on which the two differ; 0 is well."},
    },
    ["at", "date_range", "stored", "counted", "different_days"],
) | {
    "nullable": True,
    "description": "The last recount of the period's days; null if none was counted.",
}
DEAD_LETTERS = {
    "type": "array",
    "description": "What is set aside at present, whatever the period.",
    "items": _object(
        {
            "reason": {"type": "string"},
            "waiting": COUNT | {"description": "How many wait to be sent again."},
            "oldest": MOMENT,
        },
        ["reason", "waiting", "oldest"],
    ),
}
IN_TRANSIT = {"type": "integer", "description": "Accepted and not settled yet; 0 at rest."}
TOTALS = {outcome.value: COUNT for outcome in ledger.Outcome} | {"in_transit": IN_TRANSIT}
LEDGER_PARAMETERS = [
    OpenApiParameter(
        "date_range",
        description=f"{', '.join(periods.NAMES)}, or first and last day: 2026-03-01,2026-03-31.",
        default=ledger.USUAL_RANGE,
    ),
    OpenApiParameter(
        "interval",
        enum=[*ledger.FORMATS],
        default="day",
        description=f"minute for at most {ledger.MOST_MINUTE_DAYS} days, "
        f"hour for at most {periods.MOST_HOURLY_DAYS}; all is one stretch.",
    ),
    OpenApiParameter("outcome", enum=[*ledger.Outcome], description="Rows of this one only."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": query.MOST_ROWS},
        default=ledger.USUAL_ROWS,
    ),
    OpenApiParameter(
        "offset", {"type": "integer", "minimum": 0, "maximum": parse.MOST_OFFSET}, default=0
    ),
]
COMPONENTS: dict[str, Any] = {
    "Filter": FILTER,
    "Query": _object({"project_id": PROJECT} | QUESTION, ["project_id", "metrics", "date_range"]),
    "CompatibleQuery": _object(
        {"site_id": SITE} | QUESTION, ["site_id", "metrics", "date_range"], closed=False
    ),
    "Question": _object(QUESTION, ["metrics", "date_range"]),
    "Answer": _object(
        {
            "results": {
                "type": "array",
                "items": ROW,
                "description": "Values stand in the order of the query's names.",
            },
            "meta": META,
            "query": UNDERSTOOD,
        },
        ["results", "meta", "query"],
        closed=False,
    ),
    "Ledger": _object(
        {
            "project_id": PROJECT,
            "date_range": {"type": "array", "items": DAY, "minItems": 2, "maxItems": 2},
            "interval": {"type": "string", "enum": [*ledger.FORMATS]},
            "totals": _object(TOTALS, [*TOTALS]),
            "results": {"type": "array", "items": LEDGER_ROW},
            "next_offset": {
                "type": "integer",
                "nullable": True,
                "description": "The offset of the next page; null on the last one.",
            },
            "recount": RECOUNT,
            "dead_letters": DEAD_LETTERS,
        },
        [
            "project_id",
            "date_range",
            "interval",
            "totals",
            "results",
            "next_offset",
            "recount",
            "dead_letters",
        ],
        closed=False,
    ),
    "Realtime": _object(
        {
            "current_visitors": {
                "type": "integer",
                "description": f"Visitors of the last {MINUTES} minutes.",
            },
            "latest": {"type": "string", "description": "Changes whenever rows arrive."},
            "has_data": {"type": "boolean", "description": "Whether anything ever arrived."},
        },
        ["current_visitors", "latest", "has_data"],
        closed=False,
    ),
}


def reference(name: str) -> dict[str, Any]:
    """Point to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def queries(most: int) -> dict[str, Any]:
    """Describe the body of several questions about one project."""
    items = {"type": "array", "items": reference("Question"), "minItems": 1, "maxItems": most}
    return _object({"project_id": PROJECT, "queries": items}, ["project_id", "queries"])


def answers() -> dict[str, Any]:
    """Describe the answers to them, in their order."""
    return _object({"results": {"type": "array", "items": reference("Answer")}}, ["results"])


def add_components(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Put the components into the description of the whole API."""
    result["components"]["schemas"] |= COMPONENTS
    return result
