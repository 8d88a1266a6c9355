"""Inserts whose outcome nobody knows are made once; a replay that differs inserts nothing."""

import time

import msgspec
import pytest

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from collector.drain import Carrier, Disagreement, batch_number, drain_once
from collector.inserting import EVENTS, NotStored
from collector.shard import Intent
from collector.stream import shard_key
from collector.tests.crashes import crash_at
from collector.tests.test_drain import DAY, append, append_garbage, event, rows, shard  # noqa: F401
from collector.tests.unreliable import Engine

YEAR = 365


@pytest.fixture
def engine():
    """One that is well."""
    return Engine()


@pytest.fixture
def carrier(shard, engine):  # noqa: F811
    """A drain of one shard, where two events of two months wait."""
    now = int(time.time() * 1000)
    sent = [event(shard.number, n, now, local_date=DAY - YEAR * n) for n in range(2)]
    append(shard.number, sent)
    return Carrier(stores.queue(), engine, shard)


@pytest.mark.parametrize("table", ["visits", "ledger", "touched", "events"])
@pytest.mark.parametrize("how", ["before", "after"])
def test_an_outage_is_waited_out(carrier, engine, shard, table, how):  # noqa: F811
    """However often it is tried, the rows are there once."""
    engine.fails = {table: how}
    for _ in range(3):
        with pytest.raises(ConnectionError):
            carrier.carry_once()
        if how == "after" and table == EVENTS:
            # The first try was seen to have stored them.
            break
    engine.fails = {}
    assert carrier.carry_once().entries == 1
    assert rows("events", shard.number) == [(2,)]
    assert rows("visits", shard.number, "sum(pageviews)") == [(2,)]
    assert rows("ledger", shard.number, "sum(count)") == [(4,)]
    assert len([one for one in engine.sent if one.endswith(":events")]) == 1
    assert carrier.carry_once() is None


def test_events_come_last(carrier, engine, shard):  # noqa: F811
    """They are what is read back: whoever finds them there leaves out all the rest."""
    append_garbage(shard.number)
    assert carrier.carry_once().entries == 2
    tables = [token.rpartition(":")[2] for token in engine.sent]
    assert tables == ["visits", "ledger", "touched", "dead_letters", "events"]


def test_a_part_that_is_missing_is_inserted_alone(carrier, engine, shard):  # noqa: F811
    """One month of the batch is there, the other is not; the token tells them apart."""
    with crash_at("inserted_events"):
        carrier.carry_once()
    clickhouse.writer().command("ALTER TABLE events DROP PARTITION 202509")
    assert rows("events", shard.number) == [(1,)]
    drain_once(stores.queue(), engine, shard)
    assert rows("events", shard.number, "count(), uniqExact(local_date)") == [(2, 2)]


def test_a_record_that_outlived_its_rows_is_not_believed(carrier, engine, shard):  # noqa: F811
    """The server calls them stored and has none of them: then the token is another one."""
    with crash_at("inserted_events"):
        carrier.carry_once()
    clickhouse.writer().command(
        f"ALTER TABLE events DELETE WHERE project_id = {shard.number} SETTINGS mutations_sync = 2"
    )
    again = Carrier(stores.queue(), engine, shard)
    with pytest.raises(NotStored):
        again.carry_once()
    assert rows("events", shard.number) == [(0,)]
    assert again.carry_once().events == 2
    assert rows("events", shard.number) == [(2,)]
    assert engine.sent[-1].endswith(":events:r1")


def test_what_was_deleted_meanwhile_is_not_inserted_again(carrier, engine, shard):  # noqa: F811
    """A month is a part, stored as a whole: what is missing in it was no longer kept."""
    append(shard.number, [event(shard.number, 3, int(time.time() * 1000))])
    with crash_at("inserted_events"):
        carrier.carry_once()
    gone = f"project_id = {shard.number} AND visitor_id = 3"
    clickhouse.writer().command(
        f"ALTER TABLE events DELETE WHERE {gone} SETTINGS mutations_sync = 2"
    )
    assert drain_once(stores.queue(), engine, shard) == 2
    assert rows("events", shard.number) == [(2,)]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"counts": {"events": {202609: 3}}}, "instead of"),
        ({"version": 0}, "begun by version 0"),
        ({"end": "9999999999999-0"}, "instead of"),
    ],
)
def test_a_replay_that_differs_inserts_nothing(carrier, engine, shard, change, sentence):  # noqa: F811
    """Nor does it move the cursor, however often it is tried."""
    with crash_at("intended"):
        carrier.carry_once()
    append(shard.number, [event(shard.number, 3, int(time.time() * 1000))])
    changed = msgspec.structs.replace(shard.intent(), **change)
    stores.queue().set(shard_key(shard.number, "intent"), msgspec.msgpack.encode(changed))
    again = Carrier(stores.queue(), engine, shard)
    for _ in range(2):
        with pytest.raises(Disagreement, match=sentence):
            again.carry_once()
    assert rows("events", shard.number) == rows("ledger", shard.number) == [(0,)]
    assert shard.cursor() == "0-0"


def test_batch_numbers_grow_whatever_the_clock_does():
    """Also far beyond the years that are known, and they tell shards apart."""
    ends = ("1-0", "5-1", "5-2", "4-0", f"{2**64 - 1}-0", f"{2**64 - 1}-1")
    seen = set()
    for number in (0, 1, 255):
        last = 0
        for end in ends:
            batch = batch_number(end, number, last)
            assert last < batch < 2**64
            last = batch
            seen.add(batch)
    assert len(seen) == 3 * len(ends)


def test_an_intent_survives_its_packing():
    """Numbers of partitions are keys."""
    intent = Intent("0-0", "1-1", 7, 1, {"events": {202609: 3}, "touched": {0: 1}})
    packed = msgspec.msgpack.encode(intent)
    assert msgspec.msgpack.decode(packed, type=Intent) == intent
