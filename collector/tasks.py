"""Thin Celery shells; they carry no data."""

import logging
from datetime import UTC, datetime

import redis
from celery import shared_task
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse, dbt
from analytics_saas.env import env
from analytics_saas.redis import queue
from collector import erasure, recount, retention, salts, waking
from collector.shard import Shard
from projects import registry
from projects.registry import erasures

log = logging.getLogger(__name__)


@shared_task
def make_salts_ahead() -> int:
    """Make tomorrow's salt of every zone in use."""
    return salts.make_ahead(registry.zones(), datetime.now(UTC))


@shared_task
def wake_drains() -> None:
    """Make every drain look for work; they find it without us too, so this may be lost."""
    waking.wake_drains(queue(), range(env.queue_shards))


@shared_task
def erase_projects() -> int:
    """Go on with every erasure that was asked for; return how many are finished.

    One of a project waits for the one before it. Losing or doubling this task is harmless.
    """
    finished, busy = 0, set[int]()
    for asked in erasures.asked_erasures():
        if asked.project_id in busy:
            continue
        busy.add(asked.project_id)
        try:
            if erasure.carry_out(asked, clickhouse.writer()):
                erasures.tell_erased(asked, erasures.counted(asked) or 0)
                finished += 1
        except (ClickHouseError, OSError) as error:
            log.error("the erasure of project %d waits for ClickHouse: %s", asked.project_id, error)
    return finished


@shared_task
def expire_days() -> int:
    """Remove the days that projects no longer keep; return how many events went.

    Losing or doubling this task is harmless: the next run does the rest.
    """
    try:
        return retention.expire(clickhouse.writer(), datetime.now(UTC))
    except (ClickHouseError, OSError, redis.RedisError, registry.RegistryUnavailable) as error:
        log.error("retention waits for its stores: %s", error)
    except dbt.CannotBuild as error:
        log.info("retention waits: %s", error)
    return 0


@shared_task
def recount_days() -> int:
    """Compare the ledger with the rows of the last days; return how many days differ.

    Losing or doubling this task is harmless: the next run counts anew.
    """
    shards = [Shard(queue(), number) for number in range(env.queue_shards)]
    try:
        return len(recount.recount(clickhouse.writer(), shards, datetime.now(UTC)))
    except (ClickHouseError, OSError, redis.RedisError, registry.RegistryUnavailable) as error:
        log.error("the recount waits for its stores: %s", error)
    except dbt.CannotBuild as error:
        log.info("the recount waits: %s", error)
    return 0
