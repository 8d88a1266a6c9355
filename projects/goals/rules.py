"""What a goal may be: which fields its kind takes, and their limits. Pure."""

from collections.abc import Mapping
from typing import Any

from projects.models import Goal
from projects.rules import CONTROL, RuleError, clean_currency, clean_name, clean_pattern

LONGEST_NAME = 120
LONGEST_EVENT = 120
MOST_PROPERTIES = 10
MOST_KEY_BYTES = 300
LONGEST_VALUE = 2_000
# Events that are counted anyway, under other words.
OWN_EVENTS = ("pageview", "engagement")

FIELDS: dict[str, Any] = {
    "kind": "", "name": "", "page_pattern": "", "event_name": "", "properties": {},
    "scroll_percent": 0, "currency": "",
}  # fmt: skip
# What each kind takes beside its name; the first one is what it cannot do without.
OF_KIND = {
    Goal.Kind.PAGE: ("page_pattern",),
    Goal.Kind.EVENT: ("event_name", "properties", "currency"),
    Goal.Kind.SCROLL: ("scroll_percent", "page_pattern"),
}


def clean_goal(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every field of a goal. Raises RuleError with its field."""
    goal: dict[str, Any] = FIELDS | dict(given)
    if goal["kind"] not in OF_KIND:
        raise RuleError(f"The kind is one of {', '.join(OF_KIND)}.", field="kind")
    taken = OF_KIND[goal["kind"]]
    for field in FIELDS.keys() - {"kind", "name", *taken}:
        if goal[field]:
            problem = f"A goal of kind {goal['kind']} has no such field: leave it empty."
            raise RuleError(problem, field=field)
    for field in ("page_pattern", "event_name", "properties", "scroll_percent", "currency"):
        if field in taken:
            goal[field] = _clean(field, goal[field], needed=field == taken[0])
    goal["name"] = _clean("name", goal["name"] or usual_name(goal), needed=True)
    return goal


def usual_name(goal: Mapping[str, Any]) -> str:
    """Return what a goal is called when nobody names it."""
    if goal["kind"] == Goal.Kind.PAGE:
        name = f"Visit {goal['page_pattern']}"
    elif goal["kind"] == Goal.Kind.EVENT:
        name = goal["event_name"]
    else:
        name = f"Scroll {goal['scroll_percent']} % of {goal['page_pattern'] or 'any page'}"
    return name[:LONGEST_NAME]


def _clean(field: str, value: Any, *, needed: bool) -> Any:
    try:
        return CLEAN[field](value) if value or needed else value
    except RuleError as error:
        raise RuleError(str(error), field=field) from None


def _clean_event(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= LONGEST_EVENT or CONTROL.search(name):
        raise RuleError(f"Type the event's name, 1 to {LONGEST_EVENT} characters on one line.")
    if name in OWN_EVENTS:
        raise RuleError(f"{name} is no event of yours: for a page, choose the kind page.")
    return name


def _clean_properties(given: Mapping[str, str]) -> dict[str, str]:
    if len(given) > MOST_PROPERTIES:
        raise RuleError(f"At most {MOST_PROPERTIES} properties go together: remove some.")
    for key, value in given.items():
        if not key.strip() or len(key.encode()) > MOST_KEY_BYTES or CONTROL.search(key):
            raise RuleError(f"A property's name has 1 to {MOST_KEY_BYTES} bytes on one line.")
        if len(value) > LONGEST_VALUE or "\0" in value:
            raise RuleError(f"A property's value has at most {LONGEST_VALUE} characters.")
    return dict(given)


def _clean_percent(percent: int) -> int:
    if not 1 <= percent <= 100:
        raise RuleError("Type how far down the page, from 1 to 100 percent.")
    return percent


CLEAN: dict[str, Any] = {
    "name": lambda text: clean_name(text, LONGEST_NAME),
    "page_pattern": lambda text: clean_pattern(text.strip()),
    "event_name": _clean_event,
    "properties": _clean_properties,
    "scroll_percent": _clean_percent,
    "currency": clean_currency,
}
