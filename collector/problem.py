"""A refusal of what was sent: a Problem names the field, the limit and the fix. Pure."""

import re

import msgspec

MISSING = re.compile(r"missing required field `(.+)`")
# What msgspec raises for a body that it cannot read.
DECODING = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Problem(Exception):
    """A refusal: an HTTP status and what the sender must change."""

    def __init__(
        self, status: int, code: str, field: str | None, message: str, retry_after: int = 0
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.field, self.message = status, code, field, message
        # Seconds after which it is worth trying again, 0 = never or unknown.
        self.retry_after = retry_after


def invalid(field: str, rule: str) -> Problem:
    """Return the refusal of a field that breaks a rule."""
    return Problem(400, "invalid_field", field, f"`{field}` {rule}.")


def not_json(error: Exception) -> Problem:
    """Say what is wrong with a body that msgspec refused with one of DECODING."""
    if not isinstance(error, msgspec.ValidationError):
        message = f"The body must be one JSON object in UTF-8: {error}."
        return Problem(400, "malformed_json", None, message)
    reason, _, path = str(error).partition(" - at `$")
    if missing := MISSING.search(reason):
        path = f"{path.rstrip('`')}.{missing[1]}"
    field = path.rstrip("`").replace("[...]", "").strip(".") or None
    return Problem(400, "invalid_field", field, f"`{field or 'body'}`: {reason}.")
