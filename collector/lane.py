"""One held shard, carried by a thread of its own: whatever it waits for, no other shard does."""

import logging
import threading
import time
from collections.abc import Callable

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse
from analytics_saas.redis import queue
from collector.drain import Batch, Carrier, Disagreement
from collector.drain_metrics import FAILURES
from collector.inserting import NotStored
from collector.shard import LostLease, Shard
from collector.waking import wait_for_entry

log = logging.getLogger(__name__)

# An entry ends the wait at once; this only bounds how long a stop goes unseen.
WAIT_MS = 1_000
# Each insert is a part that ClickHouse has to merge: after a small batch more may gather.
SMALL_BYTES = 1 << 20
PACE_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.1
MOST_PAUSE_SECONDS = 5.0
# Nothing mends this but people, and each try reads and transforms the whole range.
DISAGREEMENT_SECONDS = 30.0


class Lane:
    """Carries from `start` until `leave` or until the lease is lost; then gives the shard back."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.good_at = 0.0
        self._leaving = threading.Event()
        self._thread: threading.Thread | None = None
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def alive(self) -> bool:
        """Whether the thread runs, if only to finish what it is at."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def staying(self) -> bool:
        """Whether the thread runs and was not asked to leave."""
        return self.alive and not self._leaving.is_set()

    def start(self) -> None:
        """Carry a shard that was just acquired."""
        self._leaving.clear()
        self._pause, self.good_at = FIRST_PAUSE_SECONDS, time.monotonic()
        name = f"shard-{self.shard.number}"
        # What hangs in a call to a store must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Ask to stop after the batch under way."""
        self._leaving.set()

    def join(self, seconds: float) -> bool:
        """Wait until the thread has ended; False when it has not."""
        if self._thread is not None:
            self._thread.join(max(0.0, seconds))
        return not self.alive

    def _run(self) -> None:
        carrier = Carrier(queue(), clickhouse.writer, self.shard)
        while self.shard.held and not self._leaving.is_set():
            begun = time.monotonic()
            if self._try(carrier.carry_once, carrier):
                self._leaving.wait(begun + PACE_SECONDS - time.monotonic())
        self._give_back()

    def _try(self, carry: Callable[[], Batch | None], carrier: Carrier) -> bool:
        """Carry once or wait; True when a small batch was carried."""
        try:
            batch = carry()
            if batch is None:
                wait_for_entry(queue(), self.shard.number, carrier.cursor, WAIT_MS)
        except LostLease:
            FAILURES.labels("lost_lease").inc()
            log.warning("shard %d went to another drain", self.shard.number)
            self.shard.held = False
        except Disagreement as error:
            FAILURES.labels("disagreement").inc()
            log.critical("stopped: %s", error)
            self._leaving.wait(DISAGREEMENT_SECONDS)
        except redis.RedisError as error:
            self._wait_out("queue", error)
        except (ClickHouseError, OSError, NotStored) as error:
            self._wait_out("clickhouse", error)
        except Exception as error:
            # A fault of our own in one shard's entries must not end the thread for good.
            log.exception("shard %d: begun anew after a fault", self.shard.number)
            carrier.forget()
            self._wait_out("fault", error)
        else:
            self._pause, self.good_at = FIRST_PAUSE_SECONDS, time.monotonic()
            return batch is not None and batch.size < SMALL_BYTES
        return False

    def _wait_out(self, kind: str, error: Exception) -> None:
        FAILURES.labels(kind).inc()
        log.error("shard %d waits for the %s: %s", self.shard.number, kind, error)
        self._leaving.wait(self._pause)
        self._pause = min(2 * self._pause, MOST_PAUSE_SECONDS)

    def _give_back(self) -> None:
        try:
            self.shard.release()
        except redis.RedisError as error:
            log.error("shard %d stays leased for a while: %s", self.shard.number, error)
