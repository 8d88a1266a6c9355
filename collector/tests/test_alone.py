"""Collector and queue without anything else: no cache, no SQL, no ClickHouse, no other host."""

import msgspec
import pytest

from analytics_saas.embedded.alone import running_collector
from analytics_saas.env import env
from collector.stream import shard_of
from collector.tests.door import PAGE
from collector.tests.queue_server import queue_server
from collector.tests.test_outage_process import Collector, wait
from collector.transform import SALT_LOST
from projects.registry import ProjectRules, kept

SHARD = shard_of(7, env.queue_shards)
RULES = ProjectRules(7, PAGE["p"], "Asia/Kolkata")


@pytest.fixture
def server(tmp_path):
    """A queue that has heard of one project."""
    with queue_server(tmp_path) as server:
        server.client.hset(kept.KEPT_KEY, RULES.public_id, msgspec.msgpack.encode(RULES))
        yield server


@pytest.fixture
def alone(server):
    """The surroundings of a collector that has that queue and nothing more."""
    return {
        "REDIS_QUEUE_URL": server.url,
        "REDIS_CACHE_URL": "unix:///nowhere/cache.sock",
        "DATABASE_URL": "sqlite:////nowhere/daysalt.sqlite3",
        "CLICKHOUSE_URL": "http://writer:w@127.0.0.1:1/daysalt",
        "CLICKHOUSE_READER_URL": "http://reader:r@127.0.0.1:1/daysalt",
        "DATA_DIR": str(server.folder),
        "SALT_MIRROR_DIR": "",
    }


def test_a_fresh_collector_answers_202_and_says_that_a_salt_was_lost(server, alone):
    """Twice: the second process hashes the day's visitors anew, which the ledger tells."""
    for page in ("first", "second"):
        with running_collector(alone) as (port, process):
            collector = Collector(process, f"http://127.0.0.1:{port}")
            assert collector.post(page) == 202
            assert collector.post("unknown", project="p_bbbbbbbbbbbb") == 503
            # The keeper of the salts names the day's salt in the queue.
            wait(lambda page=page: bool(marks(server)) == (page == "second") and used(server))
    events = [event for entry in server.entries(SHARD) for event in entry.events]
    assert [event.path for event in events] == ["/first", "/second"]
    assert events[0].visitor_id != events[1].visitor_id
    assert len(marks(server)) == 1


def used(server):
    """Return the names of the days' salts."""
    return server.client.keys("salt-used:*")


def marks(server):
    """Return the marks of a loss in the ledger of the project."""
    cells = [cell for entry in server.entries(SHARD) for cell in entry.drops]
    return [cell for cell in cells if (cell[0], cell[2]) == (7, SALT_LOST)]
