"""Named moments at which a test may end a process as a crash would; else they do nothing."""

import os

COLLECTOR = ("appending", "appended", "spooled", "replayed")
DRAIN = (
    "read", "transformed", "intended", "inserted_visits", "inserted_ledger", "inserted_touched",
    "inserted_dead_letters", "inserted_events", "committed",
)  # fmt: skip
# The embedded engine's front: an insert has arrived; it is done, and not yet answered.
FRONT = ("executing", "executed")
POINTS = (*COLLECTOR, *DRAIN, *FRONT)
EXIT_CODE = 86

_armed = ""


def arm(point: str) -> None:
    """End this process when it reaches a point; an empty name disarms. Raises ValueError."""
    global _armed
    if point and point not in POINTS:
        raise ValueError(f"FAILPOINT must be one of {', '.join(POINTS)}, not {point!r}")
    _armed = point


def reach(point: str) -> None:
    """End the process at once, without any clean-up, if this point is armed."""
    if point == _armed:
        os._exit(EXIT_CODE)


arm(os.environ.get("FAILPOINT", "").strip())
