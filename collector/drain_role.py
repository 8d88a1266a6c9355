"""The drain role: hold what shards are free, carry what arrives, sleep until something does."""

import logging
import threading

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse
from analytics_saas.redis import queue
from collector.drain import drain_once
from collector.shard import LEASE_MS, LostLease, Shard
from collector.stream import wait_for_entries

log = logging.getLogger(__name__)

# An entry ends the wait at once; this only bounds how long a stop or a free shard goes unseen.
WAIT_MS = 1_000
RENEW_SECONDS = LEASE_MS / 3_000
OUTAGE_SECONDS = 2.0


class DrainRole:
    """Runs in one thread until `stop`; a second one keeps the leases during long rounds."""

    def __init__(self, shards: list[Shard]) -> None:
        self._shards = shards
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the round under way and return from `run`; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Carry until asked to stop; an outage of a store is waited out without limit."""
        keeper = threading.Thread(target=self._keep_leases, daemon=True)
        keeper.start()
        while not self._stopping.is_set():
            try:
                if not self._carry():
                    held = {shard.number: shard.cursor() for shard in self._shards if shard.held}
                    wait_for_entries(queue(), held, WAIT_MS)
            except (redis.RedisError, ClickHouseError, OSError) as error:
                log.error("the drain waits for a store: %s", error)
                self._stopping.wait(OUTAGE_SECONDS)
        keeper.join()
        self._release()

    def _carry(self) -> int:
        """Visit every shard that is or can be held once; return how many entries were carried."""
        count = 0
        for shard in self._shards:
            if self._stopping.is_set():
                break
            try:
                if shard.held or shard.acquire():
                    count += drain_once(queue(), clickhouse.writer(), shard)
            except LostLease:
                shard.held = False
                log.warning("shard %d went to another drain", shard.number)
        return count

    def _keep_leases(self) -> None:
        while not self._stopping.wait(RENEW_SECONDS):
            for shard in self._shards:
                try:
                    if shard.held and not shard.renew():
                        log.warning("the lease of shard %d ran out", shard.number)
                except redis.RedisError as error:
                    # The fencing number keeps what a lost lease would let through.
                    log.error("the lease of shard %d is not renewed: %s", shard.number, error)

    def _release(self) -> None:
        for shard in self._shards:
            try:
                shard.release()
            except redis.RedisError as error:
                log.error("shard %d stays leased for a while: %s", shard.number, error)
