"""What was answered 202, in stream order, and what must have become of it: a model in memory."""

from collections import Counter
from dataclasses import dataclass, field

from collector.closures import DELETE, REASONS, REOPEN, RESET
from collector.visit_log import FORGET_MS
from collector.visits import IDLE_MS


@dataclass
class Visit:
    """One visit; times in milliseconds."""

    start: int
    end: int
    pageviews: int = 0
    events: int = 0


@dataclass
class Accepted:
    """The set model: ids that must be stored once, numbers of the ledger, visits."""

    stored: list[str] = field(default_factory=list)
    ledger: Counter = field(default_factory=Counter)
    visits: list[tuple[int, int, Visit]] = field(default_factory=list)
    _open: dict[tuple[int, int], Visit] = field(default_factory=dict)
    _closed: dict[int, tuple[str, int]] = field(default_factory=dict)

    def event(self, stream_ms, name, project, visitor, at, what, bad):
        """Note one accepted event."""
        self.ledger[project, "accepted", ""] += 1
        if project in self._closed:
            self.ledger[project, "dropped", REASONS[self._closed[project][0]].value] += 1
        elif bad:
            self.ledger[project, "dead", "bad_value"] += 1
        else:
            reason = "engagement" if what == "engagement" else ""
            self.ledger[project, "stored", reason] += 1
            self.stored.append(name)
            self._fold(stream_ms, project, visitor, at, what)

    def control(self, project, verb, at):
        """Note one request to close or open a project."""
        now = self._closed.get(project)
        if verb == REOPEN:
            if now == (RESET, at):
                del self._closed[project]
        elif now is None or now[0] != DELETE:
            self._closed[project] = (verb, at)
            self._open = {key: one for key, one in self._open.items() if key[0] != project}

    def _fold(self, stream_ms, project, visitor, at, what):
        visit = self._open.get((project, visitor))
        near = visit and visit.start - IDLE_MS <= at <= visit.end + IDLE_MS
        if not near or stream_ms > visit.end + FORGET_MS:
            visit = self._open[project, visitor] = Visit(at, at)
            self.visits.append((project, visitor, visit))
        visit.start, visit.end = min(visit.start, at), max(visit.end, at)
        visit.events += what != "engagement"
        visit.pageviews += what == "pageview"
