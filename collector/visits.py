"""The fold that turns events, in stream order, into visits. Pure: same input, same visits."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from collector.event import ORIGIN, PLACES
from collector.payload import ENGAGEMENT, PAGEVIEW
from collector.visit import Folded, Origin, Visit
from collector.visit_log import FORGET_MS, MOST_BYTES, Changes, VisitLog

IDLE_MS = 30 * 60_000
# The end of the year 2261, of which versions and batch numbers still fit into 64 bits; a stream's
# id may be anything.
MOST_MS = 9_200_000_000_000

StreamId = tuple[int, int]
# An event as it was decoded: its values in the order of Event.
Values = tuple[Any, ...]

PROJECT, DAY, AT, OFFSET, NAME, VISITOR, HOSTNAME, PATH, INTERACTIVE, ENGAGED = (
    PLACES[name]
    for name in (
        "project_id", "local_date", "timestamp", "utc_offset", "name", "visitor_id", "hostname",
        "path", "interactive", "engaged_ms",
    )
)  # fmt: skip
FROM = slice(PLACES[ORIGIN[0]], PLACES[ORIGIN[-1]] + 1)

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Visit).decode
_unpack_origin = msgspec.msgpack.Decoder(Origin).decode


class Visits:
    """The open visits of one shard, read from a log of blobs; the later word on a visit wins."""

    def __init__(self, blobs: list[bytes], most_bytes: int = MOST_BYTES) -> None:
        """`most_bytes`: beyond it, the visits of the project that has the most end early."""
        self._log = VisitLog(blobs, most_bytes)
        self._clock = 0
        # Those that the batch under way has touched, by project and visitor.
        self._touched: defaultdict[int, dict[int, Visit]] = defaultdict(dict)
        self.folded = Folded()

    def fold(self, events: Sequence[Values], stream_id: StreamId) -> None:
        """Fold the events of one entry."""
        self._clock, version = stream_id[0], version_of(stream_id)
        touched, slots, places = self._touched, self.folded.slots, self.folded.places
        # Visits that ended before this take nothing more.
        forgotten = stream_id[0] - FORGET_MS
        for position, event in enumerate(events):
            at = event[AT]
            visit = touched[event[PROJECT]].get(event[VISITOR]) or self._wake(event, forgotten)
            if visit is None or not _joins(visit, at, forgotten):
                visit = self._begin(event, stream_id, position)
            elif at > visit.end:
                visit.end = at
            elif at < visit.start:
                visit.start = at
            if event[NAME] == ENGAGEMENT:
                visit.engaged_ms += event[ENGAGED]
            else:
                self._count(visit, event, at)
            visit.version = version
            slots.append(visit.slot)
            places.append(visit.length)
            visit.length += 1

    def end(self, project_id: int) -> None:
        """Forget the open visits of one project."""
        self._touched.pop(project_id, None)
        self._log.end(project_id)

    def opened(self) -> list[Visit]:
        """Return the open visits as they were before the batch under way."""
        return [_unpack(one) for one in self._log.opened()]

    def take(self) -> Folded:
        """Return what was folded since the last call."""
        folded, self.folded = self.folded, Folded()
        return folded

    def changes(self) -> Changes:
        """Return what the last transform changed; call it once after each."""
        touched, self._touched = self._touched, defaultdict(dict)
        packed = {
            project: {visitor: _pack(visit) for visitor, visit in visits.items()}
            for project, visits in touched.items()
        }
        return self._log.write(packed, self._clock)

    def _wake(self, event: Values, forgotten: int) -> Visit | None:
        """Return the visit that an event joins, if this batch has not touched it yet.

        One that it cannot join leaves no trace: the log of another drain may not have it any more.
        """
        packed = self._log.get(event[PROJECT], event[VISITOR])
        if packed is None or not _joins(visit := _unpack(packed), event[AT], forgotten):
            return None
        self._touched[visit.project_id][visit.visitor_id] = visit
        self.folded.open(visit, _unpack_origin(visit.origin))
        return visit

    def _begin(self, event: Values, stream_id: StreamId, position: int) -> Visit:
        origin = event[FROM]
        visit = Visit(
            project_id=event[PROJECT],
            visitor_id=event[VISITOR],
            end=event[AT],
            version=0,
            visit_id=visit_id(event[VISITOR], stream_id, position),
            local_date=event[DAY],
            start=event[AT],
            utc_offset=event[OFFSET],
            origin=_pack(origin),
        )
        self._touched[visit.project_id][visit.visitor_id] = visit
        self.folded.begun.append(len(self.folded.slots))
        self.folded.open(visit, origin)
        return visit

    def _count(self, visit: Visit, event: Values, at: int) -> None:
        # Time on a page after midnight may come first, and knows no referrer.
        if visit.events == 0 and visit.version:
            visit.origin = _pack(event[FROM])
            self.folded.open(visit, event[FROM])
        visit.events += 1
        if event[NAME] != PAGEVIEW:
            visit.interactions += event[INTERACTIVE] != 0
            return
        first = visit.pageviews == 0
        visit.pageviews += 1
        if first or at < visit.entry_at:
            visit.entry_at = at
            visit.entry_page, visit.entry_hostname = event[PATH], event[HOSTNAME]
        if first or at >= visit.exit_at:
            visit.exit_at = at
            visit.exit_page, visit.exit_hostname = event[PATH], event[HOSTNAME]


def version_of(stream_id: StreamId) -> int:
    """Return the version that an event of this entry gives its visit; it grows with the stream."""
    return (min(stream_id[0], MOST_MS) << 20) | min(stream_id[1], 0xFFFFF)


def visit_id(visitor_id: int, stream_id: StreamId, position: int) -> int:
    """Return 64 bits that name a visit, in its project, by the place of its first event.

    Such numbers grow with time, so that they compress. A place too large for that is hashed, with
    the highest bit set.
    """
    ms, seq = stream_id
    if ms < 1 << 41 and seq < 1 << 10 and position < 1 << 12:
        return ms << 22 | seq << 12 | position
    text = f"{visitor_id}/{ms}-{seq}/{position}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") | 1 << 63


def _joins(visit: Visit, at: int, forgotten: int) -> bool:
    near = visit.start - IDLE_MS <= at <= visit.end + IDLE_MS
    return near and visit.end >= forgotten
