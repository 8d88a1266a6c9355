"""The fold that turns events, in stream order, into visits. Pure: same input, same rows."""

from hashlib import blake2b
from typing import NamedTuple

import lz4.frame
import msgspec

from collector.event import Event
from collector.payload import ENGAGEMENT, PAGEVIEW

IDLE_MS = 30 * 60_000
# Later than this after a visit's last event, by the stream's own clock, its state is forgotten.
FORGET_MS = 40 * 60_000

# What a visit takes from its first page view or event.
ORIGIN = (
    "referrer", "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_content",
    "utm_term", "click_id_name", "country", "region", "city", "browser", "browser_version", "os",
    "os_version", "device", "screen", "language",
)  # fmt: skip

StreamId = tuple[int, int]
VisitorKey = tuple[int, int]


class Visit(msgspec.Struct, array_like=True):
    """One visit so far. Times are milliseconds since the epoch; `origin` follows ORIGIN."""

    project_id: int
    local_date: int
    visit_id: int
    visitor_id: int
    start: int
    end: int
    utc_offset: int
    origin: list[str | int]
    entry_at: int = 0
    exit_at: int = 0
    entry_page: str = ""
    entry_hostname: str = ""
    exit_page: str = ""
    exit_hostname: str = ""
    pageviews: int = 0
    events: int = 0
    interactions: int = 0
    engaged_ms: int = 0
    version: int = 0

    @property
    def is_bounce(self) -> bool:
        """One page view and no interactive event."""
        return self.pageviews <= 1 and self.interactions == 0

    @property
    def duration(self) -> int:
        """Seconds from first to last event; 0 for a bounce."""
        return 0 if self.is_bounce else (self.end - self.start) // 1000


class Changes(NamedTuple):
    """What a batch adds to the log of visits, b"" for nothing; how many old blobs it frees."""

    blob: bytes
    drop: int


class Visits:
    """The open visits of one shard, read from a log of blobs; the later word on a visit wins."""

    def __init__(self, blobs: list[bytes]) -> None:
        self._open: dict[VisitorKey, Visit] = {}
        self._blobs = len(blobs)
        for blob in blobs:
            opened = _read_visits(lz4.frame.decompress(blob))
            self._open |= {(v.project_id, v.visitor_id): v for v in opened}

    def add(self, event: Event, stream_id: StreamId, position: int) -> tuple[Visit, bool]:
        """Fold one event; return its visit and whether the event began it."""
        key = (event.project_id, event.visitor_id)
        visit = self._open.get(key)
        begins = visit is None or not _joins(visit, event, stream_id)
        if visit is None or begins:
            visit = self._open[key] = _begin(event, stream_id, position)
        _extend(visit, event)
        visit.version = version_of(stream_id)
        return visit, begins

    def end(self, project_id: int) -> None:
        """Forget the open visits of one project."""
        self._open = {k: v for k, v in self._open.items() if v.project_id != project_id}

    def forget(self, stream_ms: int) -> None:
        """Drop visits that no later entry can join."""
        self._open = {k: v for k, v in self._open.items() if stream_ms <= v.end + FORGET_MS}

    def opened(self) -> list[Visit]:
        """Return the open visits."""
        return list(self._open.values())

    def changes(self) -> Changes:
        """Return what the last transform changed; call it once after each."""
        drop, self._blobs = self._blobs, 1
        return Changes(lz4.frame.compress(_pack(list(self._open.values()))), drop)


_pack = msgspec.msgpack.Encoder().encode
_read_visits = msgspec.msgpack.Decoder(list[Visit]).decode


def version_of(stream_id: StreamId) -> int:
    """Return the version that an event of this entry gives its visit; it grows with the stream."""
    return (stream_id[0] << 20) | min(stream_id[1], 0xFFFFF)


def _joins(visit: Visit, event: Event, stream_id: StreamId) -> bool:
    near = visit.start - IDLE_MS <= event.timestamp <= visit.end + IDLE_MS
    return near and stream_id[0] <= visit.end + FORGET_MS


def _begin(event: Event, stream_id: StreamId, position: int) -> Visit:
    return Visit(
        project_id=event.project_id,
        local_date=event.local_date,
        visit_id=visit_id(event.visitor_id, stream_id, position),
        visitor_id=event.visitor_id,
        start=event.timestamp,
        end=event.timestamp,
        utc_offset=event.utc_offset,
        origin=_origin(event),
    )


def _origin(event: Event) -> list[str | int]:
    return [getattr(event, name) for name in ORIGIN]


def visit_id(visitor_id: int, stream_id: StreamId, position: int) -> int:
    """Return 64 bits that name a visit by its visitor and the place of its first event."""
    text = f"{visitor_id}/{stream_id[0]}-{stream_id[1]}/{position}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def _extend(visit: Visit, event: Event) -> None:
    visit.start = min(visit.start, event.timestamp)
    visit.end = max(visit.end, event.timestamp)
    if event.name == ENGAGEMENT:
        visit.engaged_ms += event.engaged_ms
        return
    # Engagement after midnight may come first, and knows no referrer.
    if visit.events == 0:
        visit.origin = _origin(event)
    visit.events += 1
    if event.name == PAGEVIEW:
        _see_page(visit, event)
    elif event.interactive:
        visit.interactions += 1


def _see_page(visit: Visit, event: Event) -> None:
    first = visit.pageviews == 0
    visit.pageviews += 1
    if first or event.timestamp < visit.entry_at:
        visit.entry_at = event.timestamp
        visit.entry_page, visit.entry_hostname = event.path, event.hostname
    if first or event.timestamp >= visit.exit_at:
        visit.exit_at = event.timestamp
        visit.exit_page, visit.exit_hostname = event.path, event.hostname
