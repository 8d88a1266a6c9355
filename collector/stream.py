"""The only file that knows the stream's keys and entries, and how they are appended."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, cast

import msgspec
import redis
from redis.asyncio import Redis as AsyncRedis

from collector.appending import APPEND, APPEND_DIGEST
from collector.event import VERSION, Event, UInt32, UInt64

Cell = tuple[int, int, str]

DAY_MS = 24 * 3600 * 1000
# A producer is forgotten so long after its last append; nothing of it may be repeated later.
PRODUCER_MS = 90 * DAY_MS
ONCE_MS = DAY_MS


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One append: drops are [project, minute, reason, count], controls [project, verb, at]."""

    version: int
    producer_id: str
    seq: int
    drops: list[tuple[UInt32, UInt32, str, UInt64]]
    controls: list[tuple[int, str, int]]
    events: list[Event]


class Once(msgspec.Struct, frozen=True, array_like=True):
    """A request that is carried out once in 24 hours, however often it is sent.

    `digest` tells whether a repeat asks for the same; make it with a key that reaches no disk,
    since another hash of visitors' addresses gives them away. `answer` is what a repeat is to be
    told. `key` is the sender's, who may put anything into it: what is kept has none.
    """

    key: str
    digest: bytes
    answer: bytes


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """One entry on its way, with the number under which it can safely be sent again.

    `at` is the time of a development clock in milliseconds, 0 = the server's own. `name` tells
    the key of `once` apart from those of other projects.
    """

    shard: int
    at: int
    producer: str
    number: int
    entry: bytes
    name: str = ""
    once: Once | None = None


_encode = msgspec.msgpack.Encoder().encode
_read_once = msgspec.msgpack.Decoder(Once).decode
encode_sealed = _encode
decode_sealed = msgspec.msgpack.Decoder(Sealed).decode


def encode_event(event: Event) -> bytes:
    """Return an event as it stands in an entry."""
    return _encode(event)


def encode_entry(
    producer: str,
    number: int,
    drops: Mapping[Cell, int],
    events: Sequence[bytes],
    controls: Sequence[tuple[int, str, int]] = (),
) -> bytes:
    """Return an entry of encoded events and the ledger cells that travel with them."""
    cells = [(*cell, count) for cell, count in drops.items()]
    raw = [msgspec.Raw(one) for one in events]
    return _encode((VERSION, producer, number, cells, controls, raw))


def shard_key(shard: int, name: str) -> str:
    """Return the key of something of a shard; all of one lie in one hash slot of a cluster."""
    return f"{{q:{shard}}}:{name}"


def stream_key(shard: int) -> str:
    """Return the key of a shard's stream."""
    return shard_key(shard, "events")


def producer_key(shard: int, producer: str) -> str:
    """Return the key of the last number of a producer."""
    return shard_key(shard, f"producer:{producer}")


def once_name(project_id: int, key: str) -> str:
    """Return a short name of a project's key, whatever the customer put into it."""
    return f"{project_id}:{blake2b(key.encode(), digest_size=16).hexdigest()}"


def shard_of(project_id: int, shards: int) -> int:
    """Return the shard that holds all of a project's events."""
    return project_id % shards


async def send(client: AsyncRedis, batch: Sequence[Sealed]) -> list[Once | None]:
    """Append entries in their order, in one round trip; what was appended before is not again.

    Returns what is kept under each one's own key, if it has one. Raises an error of Redis; then
    any of them may have been appended, though none ahead of an earlier one of its shard, and the
    same may be sent again.
    """
    by_shard: dict[tuple[int, str], list[int]] = {}
    for place, one in enumerate(batch):
        by_shard.setdefault((one.shard, one.producer), []).append(place)
    calls = [_script_call([batch[place] for place in places]) for places in by_shard.values()]
    try:
        told = await _run(client, calls)
    except redis.exceptions.NoScriptError:
        # A server that has just started knows no script; the numbers allow a repeat.
        await client.script_load(APPEND)
        told = await _run(client, calls)
    kept = [one.once for one in batch]
    for places, answers in zip(by_shard.values(), told, strict=True):
        for place, answer in zip(places, answers, strict=True):
            if isinstance(answer, bytes):
                kept[place] = _read_once(answer)
    return kept


async def _run(
    client: AsyncRedis, calls: Sequence[tuple[list[str], list[Any]]]
) -> list[list[bytes | int]]:
    pipe = client.pipeline(transaction=False)
    for keys, arguments in calls:
        pipe.evalsha(APPEND_DIGEST, len(keys), *keys, *arguments)
    return cast("list[list[bytes | int]]", await pipe.execute())


def _script_call(entries: Sequence[Sealed]) -> tuple[list[str], list[Any]]:
    """Return keys and arguments for entries of one producer and shard."""
    shard, producer = entries[0].shard, entries[0].producer
    keys = [stream_key(shard), producer_key(shard, producer)]
    arguments: list[Any] = [str(PRODUCER_MS), str(ONCE_MS)]
    for one in entries:
        answer = b""
        if one.once is not None:
            keys.append(shard_key(shard, f"once:{one.name}"))
            answer = _encode(one.once)
        arguments += [str(one.number), one.entry, str(one.at), answer]
    return keys, arguments


def append_control(
    client: redis.Redis, shard: int, control: tuple[int, str, int], key: str
) -> None:
    """Put [project, verb, at] into a shard's stream; a repeat with the same key adds nothing."""
    _append_once(client, shard, Entry(VERSION, f"control:{key}:{control[1]}", 1, [], [control], []))


def append_drops(
    client: redis.Redis, shard: int, drops: list[tuple[int, int, str, int]], key: str
) -> None:
    """Put ledger cells without events into a shard's stream; a repeat of the key adds nothing."""
    _append_once(client, shard, Entry(VERSION, f"drops:{key}", 1, drops, [], []))


def append_once(client: redis.Redis, batch: Sequence[Sealed]) -> None:
    """Append entries in one round trip, from outside of an event loop; a repeat adds nothing."""
    pipe = client.pipeline(transaction=False)
    for one in batch:
        keys, arguments = _script_call([one])
        pipe.eval(APPEND, len(keys), *keys, *arguments)
    pipe.execute()


def remember_briefly(client: redis.Redis, batch: Sequence[Sealed], ms: int) -> None:
    """Keep the numbers of producers only so much longer: nobody will repeat them later."""
    pipe = client.pipeline(transaction=False)
    for one in batch:
        pipe.pexpire(producer_key(one.shard, one.producer), ms)
    pipe.execute()


def _append_once(client: redis.Redis, shard: int, entry: Entry) -> None:
    append_once(client, [Sealed(shard, 0, entry.producer_id, entry.seq, _encode(entry))])
