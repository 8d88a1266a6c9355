"""What no table can hold is buried, counted, and never stands in the way."""

import random
import time
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from collector import drain_metrics
from collector.event import PLACES
from collector.poison import read_entry
from collector.shard import Shard
from collector.stream import stream_key
from collector.tests.test_drain import DAY, drain_all, event, rows

NOW = int(time.time() * 1000)
GOOD = [1, "test", 1, [], [], []]


@pytest.fixture
def shard(clickhouse_tables):
    """A held shard of its own; its number is also the project's id."""
    shard = Shard(stores.queue(), random.randrange(1_000, 1_000_000))
    assert shard.acquire()
    return shard


def values(project, **wrong):
    """An event as the list that travels, with some wrong fields."""
    one = msgspec.to_builtins(event(project, 1, NOW))
    for name, value in wrong.items():
        one[PLACES[name]] = value
    return one


def entry(*events):
    """The bytes of an entry whose events were all accepted for the last one's project."""
    drops = [[events[-1][0], NOW // 60_000 * 60, "accepted", len(events)]]
    return msgspec.msgpack.encode([1, "test", 1, drops, [], list(events)])


BAD_VALUES = [
    {"project_id": -1},
    {"project_id": 2**32},
    {"local_date": 70_000},
    {"local_date": -1},
    {"timestamp": 1.5},
    {"timestamp": -1},
    {"timestamp": 2**63},
    {"utc_offset": 40_000},
    {"visitor_id": -1},
    {"engaged_ms": 2**32},
    {"scroll_depth": 256},
    {"interactive": None},
    {"revenue": "1e30"},
    {"revenue": "NaN"},
    {"revenue": "1\n"},
    {"revenue": "9" * 16},
    {"name": b"\xff"},
    {"name": 5},
    {"props": {"k": 1}},
    {"props": []},
]


@pytest.mark.parametrize("wrong", BAD_VALUES, ids=str)
def test_a_value_that_fits_no_column_is_a_dead_letter(wrong):
    """The good event beside it lives."""
    drops, _, events, (dead,) = read_entry(entry(values(7, **wrong), values(7)), NOW)
    assert drops == [(7, NOW // 60_000 * 60, "accepted", 2)]
    assert dead.reason == "bad_value"
    assert next(iter(wrong)) in dead.detail
    assert [list(event) for event in events] == [values(7)]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable_entry"),
        (b"\xc1garbage", "unreadable_entry"),
        (b"\x91" * 100_000, "unreadable_entry"),
        (msgspec.msgpack.encode({}), "unreadable_entry"),
        (msgspec.msgpack.encode(GOOD[:5]), "unreadable_entry"),
        (msgspec.msgpack.encode([2, *GOOD[1:]]), "unknown_version"),
        (msgspec.msgpack.encode([1, "p", 1, [[-1, 0, "accepted", 1]], [], []]), "unreadable_entry"),
    ],
)
def test_an_entry_that_cannot_be_read_is_one_dead_letter(raw, reason):
    """Of project 0, since nobody knows whose it was."""
    (cell,), _, _, (dead,) = read_entry(raw, NOW)
    assert (dead.project_id, dead.reason, dead.raw) == (0, reason, raw)
    assert cell == (0, dead.minute, "accepted", 1)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2**63), st.randoms())
def test_reading_never_raises(noise, stream_ms, chance):
    """Neither noise nor a good entry with some bytes changed."""
    changed = bytearray(entry(values(7), values(7)))
    for _ in range(chance.randrange(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    for raw in (noise, bytes(changed), bytes(changed[: chance.randrange(len(changed))])):
        assert read_entry(raw, stream_ms) == read_entry(raw, stream_ms)


def test_the_drain_goes_on_and_the_ledger_stays_true(shard):
    """Garbage, a missing field and bad values between good events, then an ordinary replay."""
    add, key = stores.queue().xadd, stream_key(shard.number)
    add(key, {"b": b"\xc1garbage"})
    add(key, {"other": b"x"})
    add(key, {"b": entry(values(shard.number), values(shard.number, engaged_ms=-1))})
    # The project of the first two is wrong itself.
    for wrong in BAD_VALUES[2:]:
        add(key, {"b": entry(values(shard.number, **wrong))})
    add(key, {"b": entry(values(shard.number))})
    drain_all(shard)
    assert stores.queue().xlen(key) == 0
    bad = len(BAD_VALUES[2:]) + 1
    assert rows("events", shard.number) == [(2,)]
    sums = "sumIf(count, outcome = 'accepted'), sumIf(count, outcome = 'stored')"
    ledger = rows("ledger", shard.number, f"{sums}, sumIf(count, outcome = 'dead')")
    assert ledger == [(2 + bad, 2, bad)]
    (letters,) = rows("dead_letters", shard.number, "count(), uniqExact(pos), min(length(raw))")
    assert letters[:2] == (bad, bad)
    assert letters[2] > 50


def counted_dead():
    """What the metric says of bad values."""
    (metric,) = drain_metrics.DEAD_LETTERS.labels("bad_value").collect()
    return next(one.value for one in metric.samples if one.name.endswith("_total"))


def test_dead_letters_are_an_alarm_once_per_batch_and_reason(shard, caplog):
    """With their number and what to do; the metric grows by as many."""
    key, before = stream_key(shard.number), counted_dead()
    for raw in (entry(values(shard.number, engaged_ms=-1)), b"\xc1garbage"):
        for _ in range(2):
            stores.queue().xadd(key, {"b": raw})
    drain_all(shard)
    drain_all(shard)
    said = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert len(said) == 2
    assert all(f"shard {shard.number}: 2 dead letters" in one for one in said)
    assert ["bad_value" in one for one in said] == [True, False]
    assert counted_dead() == before + 2


def test_events_of_two_hundred_months_are_one_insert(shard):
    """The server refuses more than a hundred partitions unless it is told otherwise."""
    days = range(DAY - 200 * 31, DAY, 31)
    raw = entry(*(values(shard.number, local_date=day) for day in days))
    stores.queue().xadd(stream_key(shard.number), {"b": raw})
    drain_all(shard)
    assert rows("events", shard.number) == [(200,)]
    # Other tests delete rows, which takes time for each month that there is.
    months = {(date(1970, 1, 1) + timedelta(day)).strftime("%Y%m") for day in days[:-3]}
    drops = ", ".join(f"DROP PARTITION {month}" for month in sorted(months))
    for table in ("events", "visits"):
        clickhouse.writer().command(f"ALTER TABLE {table} {drops}")
