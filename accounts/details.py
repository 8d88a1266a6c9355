"""What a line of the log says about a change, in words. Pure."""

from collections.abc import Mapping
from typing import Any

WORDS = {True: "on", False: "off"}
# A token that is bound to no projects acts in all of them.
UNBOUND = ("projects", None)


def details_text(action: str, detail: Mapping[str, Any]) -> str:
    """Return the detail of an audit entry for people: `is_public: off → on`.

    The pairs of an update are what was and what is; all other lists are lists.
    """
    is_update = action.endswith(".update")
    told = {
        key: "all" if (key, value) == UNBOUND else _told(value, is_update)
        for key, value in detail.items()
    }
    return " · ".join(f"{key}: {words}" for key, words in told.items())


def _told(value: Any, is_pair: bool = False) -> str:
    if isinstance(value, bool):
        return WORDS[value]
    if is_pair and isinstance(value, list) and len(value) == 2:
        before, after = value
        return f"{_told(before)} → {_told(after)}"
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_told(one)}" for key, one in value.items()) or "none"
    return "none" if value in (None, "") else str(value)
