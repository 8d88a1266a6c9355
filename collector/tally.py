"""What a collector process has counted since it was last asked: cheap enough for every request."""

from collections import deque
from typing import TypeVar

Name = TypeVar("Name", int, str)

# Answers by status, and what became of events by the ledger's reason ("accepted" is one).
statuses: dict[int, int] = {}
outcomes: dict[str, int] = {}
# How long appends took, in seconds; without anybody who asks, the oldest ones go.
appends: deque[float] = deque(maxlen=10_000)


def count_status(status: int) -> None:
    """Count an answer."""
    statuses[status] = statuses.get(status, 0) + 1


def take_statuses() -> dict[int, int]:
    """Return the answers since the last call."""
    return _take(statuses)


def take_outcomes() -> dict[str, int]:
    """Return what became of events since the last call."""
    return _take(outcomes)


def take_appends() -> list[float]:
    """Return how long appends took since the last call, in seconds."""
    return [appends.popleft() for _ in range(len(appends))]


def _take(counted: dict[Name, int]) -> dict[Name, int]:
    taken = dict(counted)
    counted.clear()
    return taken
