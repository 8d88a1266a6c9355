"""Entries as the collector makes them under load, kept in a file, and put into a queue."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import redis

from analytics_saas.bench.audience import make_events
from analytics_saas.env import BASE_DIR
from collector.event import Event
from collector.stream import Cell, encode_entry, encode_event, shard_of, stream_key

FOLDER = BASE_DIR / "var" / "bench"
# Change it with what is made, so that no old file is taken for a new one.
EDITION = 3
VISITORS, SHARDS = 300_000, 4
SEED = 5
AT_ONCE = 2_000


class Made(msgspec.Struct, frozen=True, array_like=True):
    """One entry of a shard's stream, appended at `ms`."""

    shard: int
    ms: int
    events: int
    entry: bytes


class Summary(msgspec.Struct, frozen=True):
    """What was made, and so must be found in the tables."""

    events: int
    visits: int
    entries: int
    bytes: int
    last_ms: dict[int, int]


_pack = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Made).decode
_read_summary = msgspec.json.Decoder(Summary).decode


def prepare(visitors: int = VISITORS, seed: int = SEED) -> tuple[Path, Summary]:
    """Return a file of entries and what is in it; made once, the same on every machine."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"stream-{EDITION}-{visitors}-{seed}.bin"
    told = path.with_suffix(".json")
    if not told.exists():
        summary = _write(path, visitors, seed)
        told.write_bytes(msgspec.json.encode(summary))
    return path, _read_summary(told.read_bytes())


def read(path: Path) -> Iterator[Made]:
    """Yield the entries of a file in the order of the collector's appends."""
    with path.open("rb") as file:
        while size := file.read(4):
            yield _read(file.read(int.from_bytes(size, "big")))


def fill(client: redis.Redis, path: Path) -> None:
    """Append a file's entries with the ids of their own time."""
    pipe = client.pipeline(transaction=False)
    for made in read(path):
        pipe.xadd(stream_key(made.shard), {"b": made.entry}, id=f"{made.ms}-*")
        if len(pipe) >= AT_ONCE:
            pipe.execute()
    pipe.execute()


def _write(path: Path, visitors: int, seed: int) -> Summary:
    made = list(make_events(visitors, seed))
    visits = sum(begins for _, begins in made)
    made.sort(key=lambda one: one[0].timestamp)
    entries = size = 0
    last: dict[int, int] = {}
    with path.open("wb") as file:
        for one in _entries([event for event, _ in made], random.Random(seed)):
            packed = _pack(one)
            file.write(len(packed).to_bytes(4, "big") + packed)
            entries, size = entries + 1, size + len(one.entry)
            last[one.shard] = one.ms
    return Summary(len(made), visits, entries, size, last)


def _entries(events: list[Event], chance: random.Random) -> Iterator[Made]:
    """Cut events as a flush does: what arrived meanwhile, one entry for each shard."""
    start, numbers = 0, Counter[int]()
    while start < len(events):
        size = chance.randrange(80, 800)
        by_shard: dict[int, list[Event]] = defaultdict(list)
        for event in events[start : start + size]:
            by_shard[shard_of(event.project_id, SHARDS)].append(event)
        start += size
        for shard, some in sorted(by_shard.items()):
            numbers[shard] += 1
            drops = _drops(some, chance)
            entry = encode_entry("bench", numbers[shard], drops, [encode_event(e) for e in some])
            yield Made(shard, some[-1].timestamp + 2, len(some), entry)


def _drops(events: list[Event], chance: random.Random) -> Counter[Cell]:
    """Count what was accepted, and now and then a robot."""
    drops = Counter((e.project_id, e.timestamp // 60_000 * 60, "accepted") for e in events)
    if chance.random() < 0.3:
        drops[(events[0].project_id, events[0].timestamp // 60_000 * 60, "bot")] += 1
    return drops
