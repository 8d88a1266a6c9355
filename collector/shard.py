"""One shard as its drain holds it: lease, fencing number, cursor, intent, visits, closures."""

import secrets
from typing import cast

import msgspec
import redis

from collector.closures import Closure
from collector.stream import producer_key, stream_key
from collector.visits import Changes, StreamId

LEASE_MS = 10_000
START = "0-0"

# KEYS: lease, fence. ARGV: owner, ms. Gives the fencing number, 0 while another holds it.
ACQUIRE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if owner then return tonumber(redis.call('GET', KEYS[2])) end
return redis.call('INCR', KEYS[2])
"""

# KEYS: lease. ARGV: owner, ms. Never takes a lost lease back: the cursor may have moved.
RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

# A call that got no answer may be carried out at any time later: so a range is only begun where
# the last one ended and none is open, and only the range that is open is committed, once.
# KEYS: fence, intent, cursor. ARGV: fencing number, intent, start of its range.
INTEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if (redis.call('GET', KEYS[3]) or '0-0') ~= ARGV[3] then return 0 end
return redis.call('SET', KEYS[2], ARGV[2], 'NX') and 1 or 0
"""

# KEYS: fence, intent, cursor, visits, stream, closures. ARGV: fencing number, end, blob of visits
# or '', first id to keep, closures or '' when they are as they were, intent, blobs to drop.
COMMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[2]) ~= ARGV[6] then return 0 end
redis.call('SET', KEYS[3], ARGV[2])
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[4], ARGV[3]) end
if ARGV[7] ~= '0' then redis.call('LTRIM', KEYS[4], ARGV[7], -1) end
redis.call('DEL', KEYS[2])
redis.call('XTRIM', KEYS[5], 'MINID', ARGV[4])
if ARGV[5] ~= '' then redis.call('SET', KEYS[6], ARGV[5]) end
return 1
"""


class LostLease(Exception):
    """The shard has moved on without this drain; what it prepared must not be committed."""


class Intent(msgspec.Struct, frozen=True, array_like=True):
    """An immutable range start < id ≤ end, and the version of the transform that replays it."""

    start: str
    end: str
    version: int


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
        """Take or renew the lease; False while another drain holds it."""
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
        if self._client.get(self._key("lease")) == self._owner.encode():
            self._client.delete(self._key("lease"))

    def forget(self) -> None:
        """Delete every key of a shard that will carry nothing more."""
        names = ("lease", "fence", "cursor", "intent", "visits", "closures")
        keys = [self._key(name) for name in names]
        producers = self._client.scan_iter(producer_key(self.number, "*"), count=10_000)
        self._client.delete(*keys, stream_key(self.number), *producers)

    def cursor(self) -> str:
        """Return the last committed stream id."""
        raw = cast(bytes | None, self._client.get(self._key("cursor")))
        return raw.decode() if raw else START

    def state(self) -> list[bytes]:
        """Return the log of the visits that were open at the cursor."""
        return cast(list[bytes], self._client.lrange(self._key("visits"), 0, -1))

    def closures(self) -> dict[int, Closure]:
        """Return the projects that were closed at the cursor."""
        raw = cast(bytes | None, self._client.get(self._key("closures")))
        return _read_closures(raw) if raw else {}

    def intent(self) -> Intent | None:
        """Return the range that was begun and not committed, if any."""
        raw = cast(bytes | None, self._client.get(self._key("intent")))
        return _read_intent(raw) if raw else None

    def intend(self, intent: Intent) -> None:
        """Persist a range before it is used. Raises LostLease."""
        keys = [self._key(name) for name in ("fence", "intent", "cursor")]
        arguments = (str(self._fence), cast(str, _pack(intent)), intent.start)
        if not self._client.eval(INTEND, 3, *keys, *arguments):
            raise LostLease

    def commit(
        self, intent: Intent, visits: Changes, closures: dict[int, Closure] | None = None
    ) -> None:
        """Move the cursor, store the state and trim, all or nothing. Raises LostLease.

        Without closures those of before hold on.
        """
        names = ("fence", "intent", "cursor", "visits")
        keys = [self._key(name) for name in names]
        keys += [stream_key(self.number), self._key("closures")]
        ms, seq = parse_id(intent.end)
        closed = "" if closures is None else cast(str, _pack(closures))
        first = f"{ms}-{seq + 1}"
        opened = cast(str, _pack(intent))
        blob = cast(str, visits.blob)
        arguments = (str(self._fence), intent.end, blob, first, closed, opened, str(visits.drop))
        if not self._client.eval(COMMIT, 6, *keys, *arguments):
            raise LostLease

    def _key(self, name: str) -> str:
        return shard_key(self.number, name)


def shard_key(number: int, name: str) -> str:
    """Return the key of something a shard's drain keeps; all of a shard lie in one hash slot."""
    return f"{{q:{number}}}:{name}"


def parse_id(text: str) -> StreamId:
    """Return a stream id's milliseconds and number."""
    ms, _, seq = text.partition("-")
    return int(ms), int(seq)
