"""A small collector beside the drain: appends now and then, and times each answer."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from itertools import count

from msgspec.structs import replace

from analytics_saas.bench.audience import make_events
from analytics_saas.env import env
from analytics_saas.redis import queue_async
from collector.stream import Sealed, encode_entry, encode_event, send

PAUSE_SECONDS = 0.02
EVENTS = 5
# Far from the projects of the full stream, one for each shard.
FIRST_PROJECT = 100_000
MINUTE_MS = 60_000


@dataclass(slots=True)
class Appends:
    """Milliseconds of each round trip with an entry for every shard, and the events in all."""

    milliseconds: list[float] = field(default_factory=list)
    events: int = 0

    @property
    def p99_ms(self) -> float:
        """The 99th percentile."""
        return round(statistics.quantiles(self.milliseconds, n=100)[98], 2)


class Probe:
    """One producer, through the collector's own Lua."""

    def __init__(self) -> None:
        self._client = queue_async(stall_seconds=10)
        self._numbers = count(1)
        self._visitors = count(1)
        self._event = next(make_events(1, 0))[0]

    async def append(self, until: asyncio.Event) -> Appends:
        """Append until told to stop."""
        done = Appends()
        while not until.is_set():
            batch = self._make_batch(next(self._numbers))
            begin = time.perf_counter()
            await send(self._client, batch)
            done.milliseconds.append((time.perf_counter() - begin) * 1_000)
            done.events += EVENTS * len(batch)
            await asyncio.sleep(PAUSE_SECONDS)
        return done

    def _make_batch(self, number: int) -> list[Sealed]:
        shards = range(env.queue_shards)
        return [Sealed(shard, 0, "probe", number, self._entry(shard, number)) for shard in shards]

    def _entry(self, shard: int, number: int) -> bytes:
        now = time.time_ns() // 1_000_000
        project = FIRST_PROJECT // env.queue_shards * env.queue_shards + shard
        made = [
            replace(self._event, project_id=project, timestamp=now, visitor_id=next(self._visitors))
            for _ in range(EVENTS)
        ]
        cells = {(project, now // MINUTE_MS * 60, "accepted"): EVENTS}
        return encode_entry("probe", number, cells, [encode_event(event) for event in made])
