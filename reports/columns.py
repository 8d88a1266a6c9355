"""The SQL of a dimension's column and of a goal's rows. Pure."""

from reports import places
from reports.bound import Bound
from reports.catalog import NO_PROPERTY, Dimension, Kind
from reports.filters import Leaf, Op
from reports.goals import WILDCARDS, Goal, GoalKind

COUNTED = "name != 'engagement'"
DEEPEST = 100  # more means that no depth was told


def shown(row: Dimension, bound: Bound, *, on_visits: bool = False) -> str:
    """Return the value by which rows are grouped, as text."""
    column = row.on_visits if on_visits else row.on_events
    if row.kind is Kind.PROPERTY:
        key = bound(column)
        return f"if(mapContains(props, {key}), props[{key}], '{NO_PROPERTY}')"
    if row.kind is Kind.NAME and column in places.COLUMNS:
        return places.label(column)
    return f"toString({column})" if column == "city" else column


def holds(leaf: Leaf, bound: Bound) -> str:
    """Return the condition of one leaf on a row that has its column."""
    row = leaf.dimension
    if row.kind is Kind.GOAL:
        return any_of([reaches(goal, bound) for goal in leaf.goals])
    plain = f"props[{bound(row.on_events)}]" if row.kind is Kind.PROPERTY else shown(row, bound)
    if leaf.op in (Op.IS_SET, Op.IS_EMPTY):
        nothing = bound.all(("", row.nothing) if row.nothing else ("",))
        return f"{plain} {'NOT ' * (leaf.op is Op.IS_SET)}IN {nothing}"
    if leaf.op in (Op.IS, Op.IS_NOT):
        return _is(leaf, shown(row, bound), bound)
    if leaf.op in (Op.CONTAINS, Op.CONTAINS_NOT):
        return "NOT " * (leaf.op is Op.CONTAINS_NOT) + _contains(leaf, plain, bound)
    found = any_of([_matches(value, leaf.case_sensitive, plain, bound) for value in leaf.values])
    return "NOT " * (leaf.op is Op.MATCHES_NOT) + found


def _is(leaf: Leaf, column: str, bound: Bound) -> str:
    negated = "NOT " * (leaf.op is Op.IS_NOT)
    if leaf.case_sensitive:
        return f"{column} {negated}IN {bound.all(leaf.values)}"
    patterns = [f"^(?s:{_quote(value)})$" for value in leaf.values]
    return negated + any_of([_matches(one, False, column, bound) for one in patterns])


def _contains(leaf: Leaf, column: str, bound: Bound) -> str:
    if leaf.case_sensitive:
        return f"multiSearchAny({column}, {bound.all(leaf.values)})"
    patterns = [_quote(value) for value in leaf.values]
    return any_of([_matches(one, False, column, bound) for one in patterns])


def _matches(pattern: str, case_sensitive: bool, column: str, bound: Bound) -> str:
    return f"match({column}, {bound(pattern if case_sensitive else f'(?i){pattern}')})"


def reaches(goal: Goal, bound: Bound) -> str:
    """Return the condition that a row is a conversion of the goal."""
    if goal.kind is GoalKind.PAGE:
        return f"(name = 'pageview' AND {_seen(goal.pattern, bound)})"
    if goal.kind is GoalKind.EVENT:
        parts = [f"name = {bound(goal.event)}"]
        for key, value in goal.properties:
            name = bound(key)
            parts.append(f"mapContains(props, {name}) AND props[{name}] = {bound(value)}")
        return f"({' AND '.join(parts)})"
    parts = ["name = 'engagement'"]
    parts.append(f"scroll_depth BETWEEN {bound(goal.percent, 'UInt8')} AND {DEEPEST}")
    if goal.pattern:
        parts.append(_seen(goal.pattern, bound))
    return f"({' AND '.join(parts)})"


def _seen(pattern: str, bound: Bound) -> str:
    if not any(wildcard in pattern for wildcard in WILDCARDS):
        return f"path = {bound(pattern)}"
    return f"match(path, {bound(_expression(pattern))})"


def _expression(pattern: str) -> str:
    """Return the regular expression that a whole path must match."""
    pieces = pattern.split("**")
    whole = ".*".join("[^/]*".join(_quote(text) for text in one.split("*")) for one in pieces)
    return f"^(?s:{whole})$"


def _quote(text: str) -> str:
    # RE2 takes every byte of UTF-8 as it is, and a backslash before any ASCII punctuation.
    return "".join(f"\\{one}" if one.isascii() and not one.isalnum() else one for one in text)


def any_of(conditions: list[str]) -> str:
    """Return that one of the conditions holds; none does of an empty list."""
    return f"({' OR '.join(conditions)})" if conditions else "0"


def counted(goals: tuple[Goal, ...], bound: Bound) -> str:
    """Return which rows count: events, and engagement where it reaches a goal that was named."""
    scrolls = [reaches(goal, bound) for goal in goals if goal.kind is GoalKind.SCROLL]
    return any_of([COUNTED, *scrolls]) if scrolls else COUNTED
