"""From the stream to the tables: every row once, visits as a plain recount says."""

import random
import time
from collections import defaultdict

import msgspec
import pytest
import redis

from analytics_saas import clickhouse, failpoints
from analytics_saas import redis as stores
from collector import drain
from collector.closures import Closures
from collector.event import Event
from collector.fence import COMMIT, INTEND
from collector.shard import LostLease, Shard
from collector.stream import Entry, stream_key
from collector.tests.blocks import table_rows
from collector.tests.crashes import crash_at
from collector.transform import transform
from collector.visits import IDLE_MS, Visits

DAY = 20_700


def event(project, visitor, timestamp, name="pageview", path="/", **more):
    """An event with plain values everywhere else."""
    fields = dict.fromkeys(Event.__struct_fields__, "")
    fields |= dict.fromkeys(("utc_offset", "city", "engaged_ms"), 0)
    fields |= {"local_date": DAY, "interactive": 1, "scroll_depth": 255, "revenue": "0"}
    fields |= {"props": {"k": "v"}, "project_id": project, "visitor_id": visitor}
    fields |= {"timestamp": timestamp, "name": name, "path": path, "hostname": "x.example"}
    return Event(**(fields | more))


def append(shard, events, client=None, identity="*"):
    """One entry, as the collector writes it."""
    drops = [(e.project_id, e.timestamp // 60_000 * 60, "accepted", 1) for e in events]
    entry = Entry(1, "test", 1, drops, [], events)
    raw = msgspec.msgpack.encode(entry)
    return (client or stores.queue()).xadd(stream_key(shard), {"b": raw}, id=identity)


def append_garbage(project):
    """One entry whose event no table can hold."""
    bad = msgspec.structs.asdict(event(project, 1, int(time.time() * 1000))) | {"engaged_ms": -1}
    cells = [[project, 0, "accepted", 1]]
    raw = msgspec.msgpack.encode([1, "test", 1, cells, [], [list(bad.values())]])
    return stores.queue().xadd(stream_key(project), {"b": raw})


@pytest.fixture
def shard(clickhouse_tables):
    """A shard of its own; its number is also the project's id."""
    shard = Shard(stores.queue(), random.randrange(1_000, 1_000_000))
    assert shard.acquire()
    return shard


def rows(table, project, columns="count()"):
    """Columns of a project's rows."""
    sql = f"SELECT {columns} FROM {table} FINAL WHERE project_id = {project}"
    return clickhouse.reader().query(sql.replace("events FINAL", "events")).result_rows


def drain_all(shard):
    """Carry everything that waits."""
    while drain.drain_once(stores.queue(), clickhouse.writer(), shard):
        pass


def recount(events):
    """Visits as (visitor, pageviews, entry, exit, bounce, seconds), without the fold."""
    by_visitor = defaultdict(list)
    for one in events:
        visits = by_visitor[one.visitor_id]
        if not visits or one.timestamp > visits[-1][-1].timestamp + IDLE_MS:
            visits.append([])
        visits[-1].append(one)
    return sorted(
        (
            visitor,
            len(visit),
            visit[0].path,
            visit[-1].path,
            int(len(visit) == 1),
            (visit[-1].timestamp - visit[0].timestamp) // 1000,
        )
        for visitor, visits in by_visitor.items()
        for visit in visits
    )


def test_it_agrees_with_a_plain_recount(shard):
    """A thousand page views of 200 visitors, cut into entries and batches at random."""
    now, chance = int(time.time() * 1000), random.Random(7)
    moments = sorted(now + chance.randrange(3 * IDLE_MS) for _ in range(1_000))
    sent = [
        event(shard.number, chance.randrange(200), moment, path=f"/{n % 7}")
        for n, moment in enumerate(moments)
    ]
    start = 0
    while start < len(sent):
        size = chance.randrange(1, 90)
        append(shard.number, sent[start : start + size])
        start += size
        if chance.random() < 0.3:
            drain.drain_once(stores.queue(), clickhouse.writer(), shard)
    drain_all(shard)
    expected = recount(sent)
    columns = "visitor_id, pageviews, entry_page, exit_page, is_bounce, duration"
    assert sorted(rows("visits", shard.number, columns)) == expected
    assert rows("events", shard.number, "count(), sum(is_entry)") == [(1_000, len(expected))]
    ledger = rows("ledger", shard.number, "sumIf(count, outcome = 'accepted'), sum(count)")
    assert ledger == [(1_000, 2_000)]
    assert stores.queue().xlen(stream_key(shard.number)) == 0


@pytest.mark.parametrize("point", failpoints.DRAIN)
def test_a_crash_anywhere_stores_everything_once(shard, point):
    """The drain dies right after one step; the next one carries the same range again."""
    now = int(time.time() * 1000)
    append(shard.number, [event(shard.number, n, now) for n in range(50)])
    append_garbage(shard.number)
    with crash_at(point) as reached:
        drain_all(shard)
    assert reached
    append(shard.number, [event(shard.number, n, now + 1000) for n in range(50)])
    drain_all(shard)
    assert rows("events", shard.number) == [(100,)]
    assert rows("visits", shard.number, "count(), sum(pageviews)") == [(50, 100)]
    assert rows("ledger", shard.number, "sum(count)") == [(202,)]
    assert rows("dead_letters", shard.number) == [(1,)]


def test_a_paused_drain_never_moves_the_cursor(shard):
    """Once another drain holds the shard, the first one's commit is refused."""
    append(shard.number, [event(shard.number, 1, int(time.time() * 1000))])
    stores.queue().delete(f"{{q:{shard.number}}}:lease")
    other = Shard(stores.queue(), shard.number)
    assert other.acquire()
    assert not shard.acquire()
    with pytest.raises(LostLease):
        drain.drain_once(stores.queue(), clickhouse.writer(), shard)
    assert other.cursor() == "0-0"
    drain_all(other)
    assert rows("events", shard.number) == [(1,)]


def test_a_custom_event_ends_a_bounce_unless_it_is_not_interactive():
    """Engagement refreshes a visit and adds neither page view nor event."""
    events = [
        event(1, 1, 0),
        event(1, 1, 5_000, "engagement", engaged_ms=900),
        event(1, 1, 6_000, "Seen", interactive=0),
        event(1, 1, 7_000, "Signup"),
    ]
    names = ("is_bounce", "duration", "engaged_ms", "events", "pageviews")
    raw = [msgspec.msgpack.encode(Entry(1, "p", 1, [], [], part)) for part in (events[:3], events)]
    bounce, read = (transform([((0, 0), one)], Visits([]), Closures({}), 1) for one in raw)
    assert table_rows(bounce, "visits", *names) == [(1, 0, 900, 2, 1)]
    assert table_rows(read, "visits", *names) == [(0, 7, 900, 3, 1)]


def test_later_events_have_the_origin_of_their_visit(shard):
    """So that page views by source are those of the visits from that source."""
    now = int(time.time() * 1000)
    first = event(shard.number, 1, now, source="Google", country="DE", screen="Mobile")
    later = event(shard.number, 1, now + 1, "Buy", source="Direct / None", country="DE")
    append(shard.number, [first, later])
    drain_all(shard)
    found = rows("events", shard.number, "source, country, screen")
    assert found == [("Google", "DE", "Mobile")] * 2


def test_engagement_alone_is_no_visit(shard):
    """A tab left open past midnight, until its next page view."""
    now = int(time.time() * 1000)
    append(shard.number, [event(shard.number, 1, now, "engagement", engaged_ms=5)])
    drain_all(shard)
    assert rows("visits", shard.number) == [(0,)]
    append(shard.number, [event(shard.number, 1, now + 1_000, source="Google")])
    drain_all(shard)
    found = rows("visits", shard.number, "source, pageviews, events, engaged_ms")
    assert found == [("Google", 1, 1, 5)]
    assert rows("events", shard.number, "uniqExact(visit_id), count()") == [(1, 2)]


@pytest.mark.parametrize(
    ("timestamp", "stream_ms", "joins"),
    [
        (IDLE_MS, IDLE_MS, True),
        (IDLE_MS + 1, IDLE_MS + 1, False),
        (-IDLE_MS, 0, True),
        (-IDLE_MS - 1, 0, False),
        (0, 41 * 60_000, False),
    ],
)
def test_an_event_joins_within_half_an_hour(timestamp, stream_ms, joins):
    """On either side of the visit, and only while its state lives."""
    visits = Visits([])
    visits.fold([msgspec.structs.astuple(event(1, 1, 0))], (0, 0))
    visits.fold([msgspec.structs.astuple(event(1, 1, timestamp))], (stream_ms, 0))
    assert visits.take().begun == ([0] if joins else [0, 1])


def test_the_ledger_tells_time_on_a_page_from_events(shard):
    """Both are stored; a plan counts the latter only."""
    now = int(time.time() * 1000)
    names = ["pageview", "engagement", "Signup", "engagement", "engagement"]
    append(shard.number, [event(shard.number, 1, now, name) for name in names])
    drain_all(shard)
    found = rows("ledger", shard.number, "outcome, reason, count")
    assert sorted(found) == [("accepted", "", 5), ("stored", "", 2), ("stored", "engagement", 3)]


def test_a_drain_that_starts_a_week_later_stores_everything(shard):
    """Visits end by the stream's clock, and batches of today follow those of then."""
    then, sent = int(time.time() * 1000) - 7 * 24 * 3_600_000, []
    for minutes in (0, 10, 35, 80):
        at = then + minutes * 60_000
        sent.append(event(shard.number, 1, at, path=f"/{minutes}"))
        append(shard.number, [sent[-1]], identity=f"{at}-0")
    drain_all(shard)
    before = shard.batch()
    sent.append(event(shard.number, 1, int(time.time() * 1000), path="/now"))
    append(shard.number, [sent[-1]])
    drain_all(shard)
    columns = "visitor_id, pageviews, entry_page, exit_page, is_bounce, duration"
    assert sorted(rows("visits", shard.number, columns)) == recount(sent)
    assert rows("events", shard.number) == [(5,)]
    assert shard.batch() > before
    assert stores.queue().xlen(stream_key(shard.number)) == 0


@pytest.fixture
def late(monkeypatch):
    """Lose the next call of a script; give what carries it out after all."""

    def lose(script):
        client, lost = stores.queue(), []

        def evaluate(text, *rest):
            if text == script and not lost:
                lost.append(rest)
                raise redis.TimeoutError("no answer")
            return redis.Redis.eval(client, text, *rest)

        monkeypatch.setattr(client, "eval", evaluate)
        return lambda: redis.Redis.eval(client, script, *lost[0])

    return lose


def test_a_commit_that_comes_after_all_is_not_folded_twice(shard, late):
    """It is void once its drain begins anew, and the range is carried again."""
    arrive, now = late(COMMIT), int(time.time() * 1000)
    append(shard.number, [event(shard.number, 1, now)])
    with pytest.raises(redis.TimeoutError):
        drain_all(shard)
    again = drain.Carrier(stores.queue(), clickhouse.writer, shard)
    assert again._load().intent
    assert arrive() == 0
    append(shard.number, [event(shard.number, 1, now + 1000)])
    while again.carry_once():
        pass
    assert arrive() == 0
    assert rows("visits", shard.number, "pageviews") == [(2,)]
    assert rows("events", shard.number) == [(2,)]


@pytest.mark.parametrize("script", [INTEND, COMMIT])
@pytest.mark.parametrize("arrives", [True, False])
def test_a_call_without_an_answer_is_made_again(shard, late, script, arrives):
    """By the same drain with the same bytes, whether it was carried out or not."""
    arrive, now = late(script), int(time.time() * 1000)
    append(shard.number, [event(shard.number, 1, now)])
    carrier = drain.Carrier(stores.queue(), clickhouse.writer, shard)
    with pytest.raises(redis.TimeoutError):
        carrier.carry_once()
    if arrives:
        assert arrive() == 1
    assert carrier.carry_once().entries == 1
    arrive()
    append(shard.number, [event(shard.number, 1, now + 1)])
    assert carrier.carry_once().entries == 1
    assert rows("visits", shard.number, "pageviews") == [(2,)]
    assert shard.intent() is None
    assert len(Visits(shard.state()).opened()) == 1


def test_an_intent_that_comes_after_all_takes_no_place(shard, late):
    """Or a crash would carry a part of the range again, as if it were another one."""
    arrive, now = late(INTEND), int(time.time() * 1000)
    append(shard.number, [event(shard.number, 1, now)])
    with pytest.raises(redis.TimeoutError):
        drain_all(shard)
    append(shard.number, [event(shard.number, 2, now)])
    with crash_at("inserted_events") as reached:
        drain_all(shard)
    assert reached
    assert arrive() == 0
    drain_all(shard)
    assert rows("events", shard.number) == [(2,)]
    assert arrive() == 0
    assert shard.intent() is None
