"""Projects whose events are dropped: after a reset until it reopens, after a deletion for good.

Obeyed in stream order. Pure: the same entries close the same projects on every replay.
"""

import msgspec

from collector.drops import DropReason
from collector.visits import StreamId, version_of

RESET, DELETE, REOPEN = "reset", "delete", "reopen"
REASONS = {RESET: DropReason.RESET, DELETE: DropReason.DELETED}
# No entry is so late that it would come after this: then a deleted project need not be known.
# A spool that was left behind may be replayed for 60 days, and by then be days on its way.
FORGET_MS = 100 * 24 * 3_600_000


class Closure(msgspec.Struct, frozen=True, array_like=True):
    """Why a project is closed; `at` names the request, the rest what came before it.

    Rows of batches up to `batch` and of visits up to `version` are to be erased.
    """

    verb: str
    at: int
    stream_ms: int
    batch: int
    version: int


class Closures:
    """The closed projects of one shard."""

    def __init__(self, closed: dict[int, Closure]) -> None:
        self._closed = closed
        self.changed = False

    def obey(self, control: tuple[int, str, int], stream_id: StreamId, batch: int) -> bool:
        """Follow one control; tell whether its project's visits end with it."""
        project_id, verb, at = control
        now = self._closed.get(project_id)
        if verb == REOPEN and now and (now.verb, now.at) == (RESET, at):
            self._closed = {key: one for key, one in self._closed.items() if key != project_id}
            self.changed = True
        # Nothing undoes or repeats a deletion.
        if verb not in REASONS or (now and now.verb == DELETE):
            return False
        closure = Closure(verb, at, stream_id[0], batch, version_of(stream_id))
        self._closed = self._closed | {project_id: closure}
        self.changed = True
        return True

    def any(self) -> bool:
        """Tell whether any project is closed."""
        return bool(self._closed)

    def reason(self, project_id: int) -> DropReason | None:
        """Return why a project's events are dropped, None while they are stored."""
        closure = self._closed.get(project_id)
        return REASONS[closure.verb] if closure else None

    def forget(self, stream_ms: int) -> None:
        """Leave out deletions that no later entry can concern."""
        kept = {
            key: one
            for key, one in self._closed.items()
            if one.verb == RESET or stream_ms <= one.stream_ms + FORGET_MS
        }
        self.changed = self.changed or len(kept) < len(self._closed)
        self._closed = kept

    def snapshot(self) -> dict[int, Closure] | None:
        """Return what is closed, to be stored with the cursor; None when nothing changed."""
        return self._closed if self.changed else None
