"""One shard as its drain holds it: lease, fencing number, cursor, intent, visits, closures."""

import secrets
from dataclasses import dataclass
from typing import cast

import msgspec
import redis

from collector.closures import Closure
from collector.fence import ACQUIRE, COMMIT, INTEND, RELEASE, RENEW
from collector.stream import producer_key, shard_key, stream_key
from collector.visit_log import Changes
from collector.visits import StreamId

LEASE_MS = 10_000
START = "0-0"
# So that no call of a drain that takes a shard over stalls the collector's appends for long.
BLOBS_AT_ONCE = 32

# Rows per table, and there per partition (a month as 202611, 0 where a table has none).
Counts = dict[str, dict[int, int]]


class LostLease(Exception):
    """The shard has moved on without this drain; what it prepared must not be committed."""


class Intent(msgspec.Struct, frozen=True, array_like=True):
    """An immutable range start < id ≤ end and all that a replay of it needs to be the same.

    `batch` is the number its rows carry, `version` that of the transform, `counts` its rows.
    """

    start: str
    end: str
    batch: int
    version: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Stored:
    """What was committed last: cursor, batch, visits as a log of blobs, closures; what is open."""

    cursor: str
    batch: int
    intent: Intent | None
    visits: list[bytes]
    closures: dict[int, Closure]


_pack = msgspec.msgpack.Encoder().encode
_read_intent = msgspec.msgpack.Decoder(Intent).decode
_read_closures = msgspec.msgpack.Decoder(dict[int, Closure]).decode


class Shard:
    """The keys of one shard. Every change is guarded by the fencing number."""

    def __init__(self, client: redis.Redis, number: int) -> None:
        self.number = number
        self.held = False
        self._client = client
        self._owner = secrets.token_hex(8)
        self._fence = 0

    def acquire(self) -> bool:
        """Take the lease, anew if it is ours; False while another drain holds it.

        Whatever this or another drain has sent before is void from now on.
        """
        keys = (self._key("lease"), self._key("fence"))
        answer = self._client.eval(ACQUIRE, 2, *keys, self._owner, str(LEASE_MS))
        self._fence = int(cast(int, answer))
        self.held = self._fence > 0
        return self.held

    def renew(self) -> bool:
        """Hold the lease for longer, from any thread; False once it is lost."""
        key = self._key("lease")
        self.held = bool(self._client.eval(RENEW, 1, key, self._owner, str(LEASE_MS)))
        return self.held

    def release(self) -> None:
        """Give the lease back early, if it is still ours."""
        self.held = False
        self._client.eval(RELEASE, 1, self._key("lease"), self._owner)

    def forget(self) -> None:
        """Delete every key of a shard that will carry nothing more."""
        names = ("lease", "fence", "cursor", "batch", "intent", "visits", "closures", "wake")
        keys = [self._key(name) for name in names]
        producers = self._client.scan_iter(producer_key(self.number, "*"), count=10_000)
        self._client.delete(*keys, stream_key(self.number), *producers)

    def load(self) -> Stored:
        """Read what is stored, under a lease that was just acquired: then nothing else moves it."""
        closures, visits = self.closures(), self.state()
        return Stored(self.cursor(), self.batch(), self.intent(), visits, closures)

    def cursor(self) -> str:
        """Return the last committed stream id."""
        raw = cast(bytes | None, self._client.get(self._key("cursor")))
        return raw.decode() if raw else START

    def batch(self) -> int:
        """Return the number of the last committed batch."""
        return int(cast(bytes | None, self._client.get(self._key("batch"))) or 0)

    def state(self) -> list[bytes]:
        """Return the log of the visits that were open at the cursor."""
        blobs: list[bytes] = []
        while more := self._client.lrange(
            self._key("visits"), len(blobs), len(blobs) + BLOBS_AT_ONCE - 1
        ):
            blobs += cast(list[bytes], more)
        return blobs

    def closures(self) -> dict[int, Closure]:
        """Return the projects that were closed at the cursor."""
        raw = cast(bytes | None, self._client.get(self._key("closures")))
        return _read_closures(raw) if raw else {}

    def intent(self) -> Intent | None:
        """Return the range that was begun and not committed, if any."""
        raw = cast(bytes | None, self._client.get(self._key("intent")))
        return _read_intent(raw) if raw else None

    def intend(self, intent: Intent) -> None:
        """Persist a range before its rows are stored; a repeat is harmless. Raises LostLease."""
        keys = [self._key(name) for name in ("fence", "intent", "cursor")]
        arguments = (str(self._fence), cast(str, _pack(intent)), intent.start)
        if not self._client.eval(INTEND, 3, *keys, *arguments):
            raise LostLease

    def commit(
        self, intent: Intent, visits: Changes, closures: dict[int, Closure] | None = None
    ) -> None:
        """Move the cursor, store the state and trim, all or nothing. Raises LostLease.

        Without closures those of before hold on. A repeat is harmless.
        """
        names = ("fence", "intent", "cursor", "batch", "visits", "closures")
        keys = [*(self._key(name) for name in names), stream_key(self.number)]
        ms, seq = parse_id(intent.end)
        arguments = (
            str(self._fence), _pack(intent), intent.end, str(intent.batch), visits.blob,
            str(visits.drop), b"" if closures is None else _pack(closures), f"{ms}-{seq + 1}",
        )  # fmt: skip
        if not self._client.eval(COMMIT, len(keys), *keys, *cast(tuple[str, ...], arguments)):
            raise LostLease

    def _key(self, name: str) -> str:
        return shard_key(self.number, name)


def parse_id(text: str) -> StreamId:
    """Return a stream id's milliseconds and number."""
    ms, _, seq = text.partition("-")
    return int(ms), int(seq)
