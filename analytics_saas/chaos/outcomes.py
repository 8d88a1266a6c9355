"""What the sender knows of each event: kept by id, on its own side, and never repeated."""

from array import array
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path


class Outcome(IntEnum):
    """The last word on one event. `UNSENT` was never written to a connection."""

    UNSENT = 0
    ACCEPTED = 1
    DROPPED = 2
    REJECTED = 3
    REFUSED = 4
    UNKNOWN = 5


class Outcomes:
    """Of each id from `first` on: its outcome, when it was sent (monotonic s), how long it took."""

    def __init__(self, first: int = 1) -> None:
        self.first = first
        self.outcome, self.sent_at, self.took_ms = array("B"), array("d"), array("f")

    def __len__(self) -> int:
        return len(self.outcome)

    def begin(self, now: float) -> int:
        """Give an id to an event that is sent now; until it is answered, it is unknown."""
        self.outcome.append(Outcome.UNKNOWN)
        self.sent_at.append(now)
        self.took_ms.append(0.0)
        return self.first + len(self.outcome) - 1

    def end(self, identity: int, outcome: Outcome, now: float) -> None:
        """Note an answer."""
        place = identity - self.first
        self.outcome[place] = outcome
        self.took_ms[place] = (now - self.sent_at[place]) * 1_000

    def ids(self, *outcomes: Outcome) -> Iterator[int]:
        """Yield the ids with one of these outcomes."""
        wanted = set(outcomes)
        return (n for n, one in enumerate(self.outcome, self.first) if one in wanted)

    def latencies(self, begin: float, end: float) -> list[float]:
        """Return sorted milliseconds of what was sent within a time and answered 202."""
        good = (Outcome.ACCEPTED, Outcome.DROPPED)
        rows = zip(self.outcome, self.sent_at, self.took_ms, strict=True)
        return sorted(ms for one, at, ms in rows if one in good and begin <= at < end)

    def write(self, path: Path) -> None:
        """Write all of it to a file, for another process."""
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            array("Q", [self.first, len(self)]).tofile(file)
            for column in (self.outcome, self.sent_at, self.took_ms):
                column.tofile(file)
        draft.rename(path)

    def extend(self, path: Path) -> None:
        """Add what another process wrote, whose ids follow on ours."""
        with path.open("rb") as file:
            head = array("Q")
            head.fromfile(file, 2)
            if head[0] != self.first + len(self):
                raise ValueError(f"{path} begins with id {head[0]}, not {self.first + len(self)}")
            for column in (self.outcome, self.sent_at, self.took_ms):
                column.fromfile(file, head[1])
