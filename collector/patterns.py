"""Patterns of paths: `*` stays within a segment, `**` goes across. Pure.

They are run by RE2, whose time grows with the path only, whatever a customer types.
"""

import re
from functools import lru_cache

import re2

WILDCARD = re.compile(r"(\*\*|\*)")
MEANINGS = {"**": ".*", "*": "[^/]*"}


def to_regex(pattern: str) -> str:
    """Return the expression that a whole path must match."""
    pieces = WILDCARD.split(pattern)
    return f"(?s:{''.join(MEANINGS.get(piece) or re2.escape(piece) for piece in pieces)})"


# RE2 may take some megabytes for each set, so only the busiest are kept.
@lru_cache(256)
def _compile(patterns: tuple[str, ...]) -> "re2.Set":
    found = re2.Set.FullMatchSet()
    for pattern in patterns:
        found.Add(to_regex(pattern))
    found.Compile()
    return found


def first_match(patterns: tuple[str, ...], path: str) -> str | None:
    """Return the first pattern that a whole path matches."""
    places = _compile(patterns).Match(path) if patterns else []
    return patterns[min(places)] if places else None
