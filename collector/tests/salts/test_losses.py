"""A loss that cannot be avoided is marked in the ledger."""

import secrets
from datetime import UTC, datetime

import msgspec
import pytest

from analytics_saas import redis as stores
from analytics_saas.env import env
from collector import ranges, stream
from collector.closures import Closures
from collector.salts import memory
from collector.salts.days import local_day
from collector.salts.keeper import Keeper
from collector.tests.blocks import table_rows
from collector.tests.salts.host import own_id
from collector.transform import SALT_LOST, transform
from collector.visits import Visits
from projects import registry
from projects.registry import ProjectRules

ZONE = "Australia/Lord_Howe"


@pytest.fixture
def projects():
    """Three projects: two in the zone and one elsewhere, with ids of their own."""
    first = secrets.randbelow(1_000_000) * 1000
    zones = {first: ZONE, first + 1: ZONE, first + 2: "UTC"}
    registry.rebuild(ProjectRules(number, f"p_{number}", zone) for number, zone in zones.items())
    return list(zones)


def marks(projects):
    """The projects whose shards hold a mark, as often as it is there."""
    found = []
    for shard in range(env.queue_shards):
        for _, raw in ranges.read_range(stores.queue(), shard, "0", "+", 10_000):
            cells = msgspec.msgpack.decode(raw, type=stream.Entry).drops
            found += [cell[0] for cell in cells if cell[2] == SALT_LOST and cell[0] in projects]
    return sorted(found)


def lose(emptied):
    """Nobody knows the running day's salt any more, and a new one is made."""
    memory.wipe_all()
    emptied(60)
    now = datetime.now(UTC)
    return own_id(ZONE, local_day(ZONE, now))


def test_the_first_salt_of_a_day_is_no_loss(projects, emptied):
    """Nor is one that comes back."""
    lose(emptied)
    Keeper().tick(datetime.now(UTC))
    Keeper().tick(datetime.now(UTC))
    assert marks(projects) == []


def test_every_project_of_the_zone_is_marked_once(projects, emptied):
    """By however many processes that notice it."""
    first = lose(emptied)
    Keeper().tick(datetime.now(UTC))
    assert lose(emptied) != first
    for _ in range(3):
        Keeper().tick(datetime.now(UTC))
    assert marks(projects) == projects[:2]


def test_a_mark_stands_beside_the_sum(projects, emptied):
    """It is neither accepted nor dropped."""
    entry = stream.Entry(1, "p", 1, [(7, 60, "accepted", 2), (7, 60, SALT_LOST, 1)], [], [])
    raw = stream._encode(msgspec.structs.replace(entry, version=stream.VERSION))
    rows = transform([((1, 0), raw)], Visits([]), Closures({}), 5)
    cells = table_rows(rows, "ledger", "project_id", "outcome", "reason", "batch", "count")
    assert cells == [(7, "accepted", "", 5, 2), (7, SALT_LOST, "", 5, 1)]
