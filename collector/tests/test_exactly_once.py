"""A state machine over the drain: whatever happens in whatever order, all is stored once.

EXACTLY_ONCE_EXAMPLES says how many histories are tried; a few by default.
"""

import itertools
import os
import secrets
import time
from collections import Counter

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from analytics_saas import clickhouse, failpoints
from analytics_saas import redis as stores
from collector import drain, ranges
from collector.closures import DELETE, REOPEN, RESET
from collector.drain import Carrier
from collector.event import VERSION
from collector.fence import COMMIT, INTEND
from collector.inserting import NotStored
from collector.shard import LostLease, Shard, parse_id
from collector.stream import (
    Entry,
    Sealed,
    append_once,
    encode_entry,
    shard_key,
    stream_key,
)
from collector.tests.accepted import Accepted
from collector.tests.crashes import crash_at
from collector.tests.test_drain import event
from collector.tests.unreliable import Engine, Queue

EXAMPLES = int(os.environ.get("EXACTLY_ONCE_EXAMPLES", "8"))
STEPS = 25
MINUTE_MS = 60_000
TABLES = ("visits", "ledger", "touched", "dead_letters", "events")
# Hypothesis seeds `random`, and each history needs a shard that nobody had before.
NUMBERS = itertools.count(1_000 + secrets.randbelow(500_000) * 2, 3)

event_of = st.tuples(
    st.integers(0, 2),
    st.integers(1, 3),
    st.integers(-45, 45),
    st.sampled_from(["pageview", "pageview", "Buy", "engagement", "bad"]),
)
some_events = st.lists(event_of, min_size=1, max_size=4)
batch_bytes = st.sampled_from([1, 500, 2_000, 1 << 20])


class Histories(RuleBasedStateMachine):
    """Three projects of one shard; its drain crashes, is paused and replaced."""

    def __init__(self):
        super().__init__()
        self.number = next(NUMBERS)
        self.accepted, self.engine, self.queue = Accepted(), Engine(), Queue()
        self.clock = int(time.time() * 1000) - 30 * 24 * 60 * MINUTE_MS
        self.sent, self.ids, self.resets, self.cursor = [], itertools.count(), {}, (0, 0)
        self.take_over()

    def take_over(self, by=None):
        """A new process, or one of before, gets the shard: the lease of the last one ran out."""
        stores.queue().delete(shard_key(self.number, "lease"))
        new = Carrier(self.queue, self.engine, Shard(self.queue, self.number))
        self.carrier = by or new

    def carry(self, carrier):
        """Let a drain do what it can; a failure is its own to mend."""
        try:
            carrier.carry_once()
        except (LostLease, NotStored, ConnectionError, redis.TimeoutError):
            pass

    def append(self, raw):
        """Append an entry at the model's time; return the milliseconds of its id."""
        sealed = Sealed(self.number, self.clock, "p", len(self.sent) + 1, raw)
        self.sent.append(sealed)
        self.repeat(sealed)
        ((identity, _),) = stores.queue().xrevrange(stream_key(self.number), count=1)
        return parse_id(identity.decode())[0]

    def repeat(self, sealed):
        """Make one append, for the first time or again."""
        append_once(stores.queue(), [sealed])

    def supply(self, events):
        """Let something wait, so that what happens next happens to something."""
        if not stores.queue().xlen(stream_key(self.number)):
            self.append_events(events)

    @rule(events=some_events, minutes=st.integers(0, 50))
    def accept(self, events, minutes):
        """An entry of some events, a while after the last one."""
        self.clock += minutes * MINUTE_MS
        self.append_events(events)

    def append_events(self, events):
        """Append an entry, and tell the model."""
        cells, raw, facts = Counter(), [], []
        for place, visitor, shift, what in events:
            project, at = self.number + place, self.clock + shift * MINUTE_MS
            name, bad = str(next(self.ids)), what == "bad"
            kind = "pageview" if bad else what
            one = event(project, visitor, at, kind, props={"id": name}, engaged_ms=-1 if bad else 0)
            raw.append(msgspec.msgpack.encode(one))
            cells[project, at // MINUTE_MS * 60, "accepted"] += 1
            facts.append((name, project, visitor, at, kind, bad))
        entry = encode_entry("p", len(self.sent) + 1, cells, raw)
        stream_ms = self.append(entry)
        for fact in facts:
            self.accepted.event(stream_ms, *fact)

    @rule(place=st.integers(0, 2), verb=st.sampled_from([RESET, RESET, DELETE, REOPEN, REOPEN]))
    def close_or_open(self, place, verb):
        """A reset, a deletion, or the end of the last reset."""
        project = self.number + place
        at = self.resets.get(project, 0) if verb == REOPEN else next(self.ids)
        if verb == RESET:
            self.resets[project] = at
        control = (project, verb, at)
        entry = Entry(VERSION, "p", len(self.sent) + 1, [], [control], [])
        self.append(msgspec.msgpack.encode(entry))
        self.accepted.control(*control)

    @rule(back=st.integers(1, 3))
    def send_again(self, back):
        """A collector that got no answer repeats itself."""
        if len(self.sent) >= back:
            waiting = stores.queue().xlen(stream_key(self.number))
            self.repeat(self.sent[-back])
            assert stores.queue().xlen(stream_key(self.number)) == waiting

    @rule(point=st.sampled_from(["", "", *failpoints.DRAIN]), size=batch_bytes, events=some_events)
    def carry_or_crash(self, point, size, events):
        """The drain carries a batch, and may end at a moment of it."""
        self.supply(events)
        drain.BATCH_BYTES = size
        with crash_at(point) as reached:
            self.carry(self.carrier)
        if reached:
            self.take_over()

    @rule(
        table=st.sampled_from(TABLES),
        how=st.sampled_from(["before", "after"]),
        size=batch_bytes,
        events=some_events,
    )
    def fail_to_insert(self, table, how, size, events):
        """ClickHouse fails; the same drain goes on with the same bytes later."""
        self.supply(events)
        drain.BATCH_BYTES = size
        self.engine.fails = {table: how}
        self.carry(self.carrier)
        self.engine.fails = {}

    @rule(
        script=st.sampled_from([INTEND, COMMIT]),
        how=st.sampled_from(["done", "late"]),
        events=some_events,
    )
    def lose_an_answer(self, script, how, events):
        """The queue's answer does not come; what was asked may be done later."""
        self.supply(events)
        self.queue.loses = {script: how}
        self.carry(self.carrier)
        self.queue.loses = {}

    @rule(reads=st.integers(0, 8), anew=st.booleans())
    def late_calls_arrive(self, reads, anew):
        """Whatever was sent and got no answer is carried out, amid the next calls of a drain."""
        if anew:
            self.take_over()
        self.queue.arrive_after(reads)
        self.carry(self.carrier)
        self.queue.arrive()

    @rule(
        table=st.sampled_from(TABLES),
        batches=st.integers(0, 3),
        returns=st.booleans(),
        events=some_events,
    )
    def pause_and_steal(self, table, batches, returns, events):
        """The drain sleeps before an insert, another one takes over, and then the first goes on.

        It may get the shard back later.
        """
        self.supply(events)
        sleeper = self.carrier

        def steal():
            self.take_over()
            for _ in range(batches):
                self.carry(self.carrier)

        self.engine.interrupt = {table: steal}
        self.carry(sleeper)
        self.engine.interrupt = {}
        if returns:
            self.take_over(sleeper)

    @invariant()
    def the_cursor_never_goes_back(self):
        """Whoever moves it."""
        now = parse_id(Shard(stores.queue(), self.number).cursor())
        assert now >= self.cursor
        self.cursor = now

    def teardown(self):
        """In the end one drain carries what is left, and everything is where it must be."""
        self.queue.arrive()
        self.take_over()
        while self.carrier.carry_once():
            pass
        assert sorted(one[0] for one in self.rows("events", "props['id']")) == sorted(
            self.accepted.stored
        )
        found = self.rows("ledger FINAL", "project_id, outcome, reason, sum(count)", "1, 2, 3")
        assert {row[:3]: row[3] for row in found} == self.accepted.ledger
        dead = sum(n for cell, n in self.accepted.ledger.items() if cell[1] == "dead")
        assert self.rows("dead_letters FINAL", "count()") == [(dead,)]
        times = "toUnixTimestamp64Milli(start), toUnixTimestamp64Milli(end)"
        columns = f"project_id, visitor_id, {times}, pageviews, events"
        assert sorted(self.rows("visits FINAL", columns)) == sorted(
            (project, visitor, one.start, one.end, one.pageviews, one.events)
            for project, visitor, one in self.accepted.visits
            if one.events
        )
        Shard(stores.queue(), self.number).forget()

    def rows(self, table, columns, group=""):
        """Rows of the three projects."""
        sql = f"SELECT {columns} FROM {table} WHERE project_id >= {self.number} "
        sql += f"AND project_id < {self.number + 3}"
        return clickhouse.reader().query(sql + (f" GROUP BY {group}" if group else "")).result_rows


def test_everything_is_stored_once_whatever_happens(clickhouse_tables, monkeypatch):
    """Crashes, outages, lost answers, late calls and two drains at once, in any order."""
    monkeypatch.setattr(ranges, "FIRST_COUNT", 1)
    monkeypatch.setattr(ranges, "CHUNK_BYTES", 1)
    monkeypatch.setattr(drain, "BATCH_BYTES", 1 << 20)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.fixture(autouse=True)
def nothing_armed():
    """A history that fails must not end another test."""
    yield
    failpoints.arm("")
