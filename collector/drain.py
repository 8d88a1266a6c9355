"""From the stream to the tables, exactly once: intent, pure transform, insert, fenced commit."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import redis
from clickhouse_connect.driver.client import Client

from analytics_saas.env import env
from analytics_saas.failpoints import reach
from collector import drain_metrics
from collector.closures import Closures
from collector.inserting import Inserts
from collector.ranges import Entries, read_all
from collector.shard import START, Intent, LostLease, Shard, parse_id
from collector.transform import TRANSFORM_VERSION, TRANSFORMS
from collector.visit_log import Changes
from collector.visits import MOST_MS, Visits

log = logging.getLogger(__name__)

BATCH_BYTES = 8 << 20
# The low bits tell up to so many shards apart.
BATCH_STEP = 256
# The interpreter runs one transform at a time anyway; one after another keeps the processor's cache
# warm, and lets threads that insert or commit have their turn sooner.
_transforming = threading.Lock()


class Disagreement(Exception):
    """A replay does not give the rows that were promised: nothing may be inserted; one sentence."""


@dataclass(slots=True)
class State:
    """A shard at its cursor; moves on with each transform."""

    cursor: str
    batch: int
    visits: Visits
    closures: Closures
    intent: Intent | None


@dataclass(slots=True)
class Batch:
    """A range on its way to the tables; but for how far it has come it stays as it is."""

    intent: Intent
    intended: bool
    inserts: Inserts
    changes: Changes
    events: int
    dead: dict[str, int]
    entries: int
    size: int


class Carrier:
    """Carries one held shard's entries; knows its state, and the batch that is under way.

    After an error the next call goes on with the same bytes; after LostLease, Disagreement or
    `forget` it begins with what is stored.
    """

    def __init__(self, queue: redis.Redis, clickhouse: Callable[[], Client], shard: Shard) -> None:
        self._queue, self._clickhouse, self._shard = queue, clickhouse, shard
        self._state: State | None = None
        self._batch: Batch | None = None

    @property
    def cursor(self) -> str:
        """The id that was committed last, as far as this drain knows."""
        return self._state.cursor if self._state else START

    def forget(self) -> None:
        """Begin anew with what is stored: what is known may be wrong."""
        self._state = self._batch = None

    def carry_once(self) -> Batch | None:
        """Carry one batch to the tables; None when nothing waits.

        Raises LostLease, Disagreement, NotStored, or an error of Redis or ClickHouse.
        """
        try:
            state = self._state or self._load()
            batch = self._batch or self._next(state)
            if batch is None:
                return None
            if not batch.intended:
                self._shard.intend(batch.intent)
                batch.intended = True
                reach("intended")
            batch.inserts.go_on(self._clickhouse())
            self._commit(state, batch)
        except (LostLease, Disagreement):
            self.forget()
            raise
        return batch

    def _load(self) -> State:
        """Under a new fencing number, so that nothing sent before can move what is read."""
        if not self._shard.acquire():
            raise LostLease
        found = self._shard.load()
        visits, closures = Visits(found.visits, env.open_visits_bytes), Closures(found.closures)
        self._state = State(found.cursor, found.batch, visits, closures, found.intent)
        return self._state

    def _next(self, state: State) -> Batch | None:
        """Return what was begun and not committed, or else what has arrived."""
        number, begun = self._shard.number, state.intent
        if begun:
            entries = read_all(self._queue, number, begun.start, begun.end)
        else:
            entries = read_all(self._queue, number, state.cursor, most_bytes=BATCH_BYTES)
            if not entries:
                return None
        reach("read")
        # A transform that fails leaves a state behind that has moved on halfway.
        self._state = None
        with _transforming:
            self._batch = _transform(state, entries, number, begun)
        self._state, state.intent = state, None
        reach("transformed")
        return self._batch

    def _commit(self, state: State, batch: Batch) -> None:
        closed = state.closures.snapshot()
        with drain_metrics.COMMIT_SECONDS.time():
            self._shard.commit(batch.intent, batch.changes, closed)
        reach("committed")
        state.cursor, state.batch = batch.intent.end, batch.intent.batch
        if closed is not None:
            state.closures = Closures(closed)
        self._batch = None
        drain_metrics.EVENTS.inc(batch.events)
        _tell_dead(self._shard.number, batch)
        _tell_crowded(self._shard.number, batch.changes)


def drain_once(queue: redis.Redis, clickhouse: Client, shard: Shard) -> int:
    """Carry one batch of a shard from what is stored; return its number of entries, 0 = none.

    Raises what `Carrier.carry_once` does; then nothing is committed.
    """
    batch = Carrier(queue, lambda: clickhouse, shard).carry_once()
    return batch.entries if batch else 0


def batch_number(end: str, shard: int, last: int) -> int:
    """Return a number that grows with each of a shard's ranges and differs between shards."""
    return max(last + BATCH_STEP, (min(parse_id(end)[0], MOST_MS) << 20) | shard)


def _tell_dead(shard: int, batch: Batch) -> None:
    """Alarm, once per batch and reason."""
    for reason, count in batch.dead.items():
        drain_metrics.DEAD_LETTERS.labels(reason).inc(count)
        log.error(
            "shard %d: %d dead letters in batch %d, %s: `manage.py replay_dead` sends them again",
            shard, count, batch.intent.batch, reason,
        )  # fmt: skip


def _tell_crowded(shard: int, changes: Changes) -> None:
    for project_id in changes.crowded:
        log.warning(
            "shard %d: project %d has too many open visits, and they end now; "
            "raise OPEN_VISITS_BYTES if they are honest",
            shard, project_id,
        )  # fmt: skip


def _transform(state: State, entries: Entries, shard: int, begun: Intent | None) -> Batch:
    """Turn a range into its inserts; one that was begun before must be as it was then."""
    end = begun.end if begun else entries[-1][0]
    number = begun.batch if begun else batch_number(end, shard, state.batch)
    version = begun.version if begun else TRANSFORM_VERSION
    if version not in TRANSFORMS:
        raise Disagreement(
            f"shard {shard}: batch {number} was begun by version {version} of the transform, "
            f"which this program does not have; run the release that has it until it is stored"
        )
    parsed = [(parse_id(identity), entry) for identity, entry in entries]
    rows = TRANSFORMS[version](parsed, state.visits, state.closures, number)
    intent = begun or Intent(state.cursor, end, number, version, rows.counts)
    if rows.counts != intent.counts:
        raise Disagreement(
            f"shard {shard}: batch {number} gives {rows.counts} instead of {intent.counts} rows; "
            f"its stream or its state was changed, and nothing of it is stored"
        )
    return Batch(
        intent,
        begun is not None,
        Inserts(rows.inserts, intent, shard, doubtful=begun is not None),
        state.visits.changes(),
        rows.event_count,
        rows.dead,
        len(entries),
        sum(len(entry) for _, entry in entries),
    )
