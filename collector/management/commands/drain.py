"""`manage.py drain`: the drain role, until SIGTERM."""

import logging
import signal
import threading
from typing import Any

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.core.management import BaseCommand

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.env import env, stop
from collector.drain import drain_once
from collector.shard import LostLease, Shard

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
OUTAGE_SECONDS = 2.0


class Command(BaseCommand):
    """Hold what shards are free and carry their entries to the tables."""

    help = "Carry events from the stream to ClickHouse."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until asked to stop; an outage of a store is waited out without limit."""
        try:
            stores.require_safe_stores()
        except stores.UnsafeStore as error:
            stop(str(error))
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        shards = [Shard(stores.queue(), number) for number in range(env.queue_shards)]
        pause = 0.0
        while not stopping.wait(pause):
            pause = self._round(shards)
        for shard in shards:
            shard.release()

    def _round(self, shards: list[Shard]) -> float:
        """Visit every shard once; return how long to wait."""
        count = 0
        for shard in shards:
            try:
                if shard.acquire():
                    count += drain_once(stores.queue(), clickhouse.writer(), shard)
            except LostLease:
                log.warning("shard %d went to another drain", shard.number)
            except (redis.RedisError, ClickHouseError, OSError) as error:
                log.error("shard %d waits for a store: %s", shard.number, error)
                return OUTAGE_SECONDS
        return 0.0 if count else IDLE_SECONDS
