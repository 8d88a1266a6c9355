"""Open visits as packed bytes, and the log of blobs that rebuilds them. Pure.

A commit adds one blob with what changed, and drops the oldest blobs once nothing in them is the
last word on an open visit. What still is one there is written again, a little at every commit.
"""

from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import lz4.frame
import msgspec

# Later than this after a visit's last event, by the stream's own clock, its state is forgotten.
FORGET_MS = 40 * 60_000
# What a shard keeps in mind, packed: 200,000 usual visits. Beyond it the visits of the project that
# has the most end early, so that visitors made up for one cannot fill the queue of all.
MOST_BYTES = 64 << 20
# The log may hold so many rows, or half as many again as visits are open.
FEW = 1_000

Packed = dict[int, dict[int, bytes]]


class Changes(NamedTuple):
    """What a batch adds to the log of visits, b"" for nothing; how many old blobs it frees.

    `crowded` are the projects whose visits end early, since there are too many.
    """

    blob: bytes
    drop: int
    crowded: tuple[int, ...] = ()


class _Blob(msgspec.Struct, frozen=True, array_like=True):
    """The stream's time, the projects whose earlier visits are ended, then packed visits."""

    clock: int
    ended: list[int]
    visits: list[bytes]


class _Head(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a packed visit begins."""

    project_id: int
    visitor_id: int
    end: int
    version: int


class _Held:
    """Whose visits one blob holds, and how many of them have been looked at for the last time."""

    __slots__ = ("clock", "done", "projects", "visitors")

    def __init__(self, clock: int) -> None:
        self.clock, self.done = clock, 0
        self.projects, self.visitors = array("Q"), array("Q")

    def add(self, project_id: int, visitor_id: int) -> None:
        self.projects.append(project_id)
        self.visitors.append(visitor_id)


_encode = msgspec.msgpack.Encoder().encode
_read_blob = msgspec.msgpack.Decoder(_Blob).decode
_read_head = msgspec.msgpack.Decoder(_Head).decode


class VisitLog:
    """The last word on each open visit, by project and visitor; a later blob wins."""

    def __init__(self, blobs: list[bytes], most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._opened: defaultdict[int, dict[int, bytes]] = defaultdict(dict)
        self._sizes: Counter[int] = Counter()
        self._ended: list[int] = []
        self._held: deque[_Held] = deque()
        self._rows = 0
        for blob in blobs:
            self._read(_read_blob(lz4.frame.decompress(blob)))

    def get(self, project_id: int, visitor_id: int) -> bytes | None:
        """Return a visitor's open visit."""
        return self._opened[project_id].get(visitor_id)

    def opened(self) -> list[bytes]:
        """Return all open visits."""
        return [one for visits in self._opened.values() for one in visits.values()]

    def end(self, project_id: int) -> None:
        """Forget the visits of one project; the next blob says so."""
        if self._opened.pop(project_id, None):
            self._ended.append(project_id)
        self._sizes.pop(project_id, None)

    def write(self, changed: Packed, clock: int) -> Changes:
        """Put in new words on visits at a time of the stream; return what the log needs for it."""
        held, visits = _Held(clock), list[bytes]()
        crowded = tuple(self._make_room(changed))
        for project_id, theirs in changed.items():
            for visitor_id, packed in theirs.items():
                self._put(project_id, visitor_id, packed)
            visits += theirs.values()
            for visitor_id in theirs:
                held.add(project_id, visitor_id)
        drop = self._clean(held, visits, clock)
        ended, self._ended = self._ended, []
        if not visits and not ended:
            return Changes(b"", drop)
        self._held.append(held)
        self._rows += len(visits)
        return Changes(lz4.frame.compress(_encode(_Blob(clock, ended, visits))), drop, crowded)

    def _make_room(self, changed: Packed) -> Iterator[int]:
        """End what is too much; the blob under way says so, for whoever reads it."""
        more = sum(map(len, chain.from_iterable(theirs.values() for theirs in changed.values())))
        while self._sizes and self._sizes.total() + more > self._most_bytes:
            ((largest, _),) = self._sizes.most_common(1)
            self.end(largest)
            yield largest

    def _put(self, project_id: int, visitor_id: int, packed: bytes) -> None:
        theirs = self._opened[project_id]
        self._sizes[project_id] += len(packed) - len(theirs.get(visitor_id, b""))
        theirs[visitor_id] = packed

    def _read(self, blob: _Blob) -> None:
        held = _Held(blob.clock)
        for project_id in blob.ended:
            self._opened.pop(project_id, None)
            self._sizes.pop(project_id, None)
        for packed in blob.visits:
            head = _read_head(packed)
            self._put(head.project_id, head.visitor_id, packed)
            held.add(head.project_id, head.visitor_id)
        self._held.append(held)
        self._rows += len(blob.visits)

    def _clean(self, held: _Held, visits: list[bytes], clock: int) -> int:
        """Free the oldest blobs, as far as as much work goes as there was; return how many."""
        most = FEW + sum(map(len, self._opened.values())) * 3 // 2
        work, drop = FEW + 2 * len(visits), 0
        while self._held and (
            self._rows + len(visits) > most or self._held[0].clock + FORGET_MS < clock
        ):
            oldest = self._held[0]
            upto = min(oldest.done + work, len(oldest.visitors))
            for place in range(oldest.done, upto):
                self._look(oldest, place, held, visits, clock)
            work -= upto - oldest.done
            self._rows -= upto - oldest.done
            oldest.done = upto
            if upto < len(oldest.visitors):
                break
            self._held.popleft()
            drop += 1
        return drop

    def _look(
        self, oldest: _Held, place: int, held: _Held, visits: list[bytes], clock: int
    ) -> None:
        """Write a visit again if its last word is in the oldest blob and it may go on."""
        project_id, visitor_id = oldest.projects[place], oldest.visitors[place]
        packed = self._opened[project_id].get(visitor_id)
        if packed is None:
            return
        head = _read_head(packed)
        if head.version >> 20 > oldest.clock:
            return
        if head.end + FORGET_MS < clock:
            del self._opened[project_id][visitor_id]
            self._sizes[project_id] -= len(packed)
            return
        held.add(project_id, visitor_id)
        visits.append(packed)
