"""The queue's numbers for probes and metrics of the web role, which knows no app."""

import logging

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse
from analytics_saas.env import env
from analytics_saas.queue_numbers import QueueNumbers
from analytics_saas.redis import queue_probe
from collector.queue_state import queue_state

log = logging.getLogger(__name__)

# A letter that was written twice is one.
DEAD_LETTERS = "SELECT count() FROM dead_letters FINAL WHERE at > now64(3, 'UTC') - INTERVAL 1 DAY"


def read_numbers() -> QueueNumbers | None:
    """Return what waits in the queue and what died lately, None while the queue is away."""
    try:
        state = queue_state(queue_probe(), range(env.queue_shards))
    except redis.RedisError as error:
        log.warning("no numbers of the queue: %s", error)
        return None
    limits = [most for most in (env.queue_bytes, state.most_bytes) if most]
    return QueueNumbers(
        lags={shard.number: shard.age_seconds for shard in state.shards},
        entries={shard.number: shard.entries for shard in state.shards},
        used_bytes=state.used_bytes,
        most_bytes=min(limits, default=0),
        dead_letters=_dead_letters(),
    )


def _dead_letters() -> int | None:
    try:
        return int(clickhouse.reader().query(DEAD_LETTERS).result_rows[0][0])
    except (ClickHouseError, OSError) as error:
        log.warning("no number of dead letters: %s", error)
        return None
