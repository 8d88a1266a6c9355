"""The log of visits: whoever reads it goes on as the one that wrote it would have."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import visit_log
from collector.closures import Closures
from collector.stream import Entry
from collector.tests.test_drain import event
from collector.transform import transform
from collector.visit_log import FEW, FORGET_MS
from collector.visits import Visits

MINUTE = 60_000
NAMES = st.sampled_from(["pageview", "engagement", "Signup"])
# Project, visitor, how the sender's clock differs.
EVENTS = st.tuples(
    st.integers(1, 2), st.integers(1, 3), st.sampled_from([0, 0, -29, -31, 31, 70]), NAMES
)
# How far the stream's time has moved, a reset if any, events.
MOVES, RESETS = st.sampled_from([0, 1, 5, 29, 41]), st.sampled_from([0, 0, 0, 1, 2])
ENTRIES = st.tuples(MOVES, RESETS, st.lists(EVENTS, max_size=4))
BATCHES = st.lists(st.lists(ENTRIES, max_size=3), max_size=12)


class Carrier:
    """Folds batches and keeps the log as the queue does."""

    def __init__(self):
        self.visits, self.closures, self.log, self.batch = Visits([]), Closures({}), [], 0

    def carry(self, entries):
        """Fold one batch; return the bytes that it inserts."""
        self.batch += 1
        rows = transform(entries, self.visits, self.closures, self.batch)
        blob, drop, _ = self.visits.changes()
        self.log = [*self.log, *([blob] if blob else [])][drop:]
        return rows

    def rows(self):
        """How many visits the log holds, those of no use included."""
        return sum(len(read(blob).visits) for blob in self.log)


def read(blob):
    """What a blob holds."""
    return visit_log._read_blob(visit_log.lz4.frame.decompress(blob))


def entry(clock, reset, events):
    """An entry of the stream as it travels."""
    made = [
        msgspec.to_builtins(event(project, visitor, clock + late * MINUTE, name))
        for project, visitor, late, name in events
    ]
    controls = [(reset, "reset", 1), (reset, "reopen", 1)] if reset else []
    return msgspec.msgpack.encode(Entry(1, "p", 1, [], controls, made))


def batches(drawn):
    """Batches of entries whose stream ids grow."""
    clock, made = 1_800_000_000_000, []
    for batch in drawn:
        made.append([])
        for moved, reset, events in batch:
            clock += moved * MINUTE + 1
            made[-1].append(((clock, 0), entry(clock, reset, events)))
    return made


@settings(deadline=None, max_examples=60)
@given(BATCHES, st.lists(st.booleans(), min_size=12, max_size=12))
def test_a_reader_of_the_log_inserts_the_same_bytes(drawn, changes):
    """Whenever it takes over, whatever was reset, however the clocks jump."""
    alive, reader = Carrier(), Carrier()
    with pytest.MonkeyPatch.context() as patch:
        # So that blobs are left half cleaned, as large ones are.
        patch.setattr(visit_log, "FEW", 1)
        for batch, another in zip(batches(drawn), changes, strict=False):
            if another:
                reader.visits = Visits(reader.log)
            assert reader.carry(batch) == alive.carry(batch)


@settings(deadline=None, max_examples=20)
@given(BATCHES)
def test_a_replay_gives_the_same_log(drawn):
    """The same entries and the same state make the same blobs."""
    first, second = Carrier(), Carrier()
    for batch in batches(drawn):
        first.carry(batch)
        second.carry(batch)
        assert first.log == second.log


@settings(deadline=None, max_examples=60)
@given(BATCHES)
def test_visits_that_end_for_want_of_room_end_for_whoever_reads_the_log(drawn):
    """What is kept in memory and what is read again insert the same bytes of the next batch."""
    alive = Carrier()
    alive.visits = Visits([], 600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(visit_log, "FEW", 1)
        for batch in batches(drawn):
            closures = Closures(dict(alive.closures._closed))
            replay = transform(batch, Visits(alive.log, 600), closures, alive.batch + 1)
            assert alive.carry(batch) == replay


def test_made_up_visitors_of_one_project_do_not_fill_the_log_of_all():
    """Its visits end early; those of another go on, and so do those of the batch under way."""
    carrier, clock = Carrier(), 1_800_000_000_000
    carrier.visits = Visits([], 100_000)
    carrier.carry([((clock, 0), entry(clock, 0, [(2, 7, 0, "pageview")]))])
    for turn in range(1, 40):
        carrier.carry([crowd(clock + turn, range(turn * 200, turn * 200 + 200))])
    opened = Visits(carrier.log).opened()
    assert [one.visitor_id for one in opened if one.project_id == 2] == [7]
    last = {one.visitor_id for one in opened if one.project_id == 1}
    assert set(range(39 * 200, 40 * 200)) <= last
    assert sum(map(len, carrier.log)) < 200_000
    assert 200 <= len(last) < 1_000


def test_a_reset_is_in_the_log():
    """What it ended does not come back with the blob that had it."""
    carrier, clock = Carrier(), 1_800_000_000_000
    carrier.carry([crowd(clock, [1, 2])])
    carrier.carry([((clock + 1, 0), entry(clock + 1, 1, []))])
    carrier.carry([crowd(clock + 2, [3])])
    assert [visit.visitor_id for visit in Visits(carrier.log).opened()] == [3]


def test_a_visit_that_is_over_leaves_no_trace(monkeypatch):
    """Though one drain has cleaned it out, and another one reads it from the log."""
    monkeypatch.setattr(visit_log, "FEW", 1)
    alive, clock = Carrier(), 1_800_000_000_000
    alive.carry([crowd(clock, range(50))])
    later = clock + FORGET_MS + 1
    alive.carry([crowd(later, [99])])
    reader = Carrier()
    reader.visits, reader.batch = Visits(alive.log), alive.batch
    assert len(reader.visits.opened()) > len(alive.visits.opened())
    batch = [crowd(later + 1, [0, 49, 99])]
    assert reader.carry(batch) == alive.carry(batch)


def crowd(clock, visitors):
    """An entry with a page view of each of some visitors."""
    return (clock, 0), entry(clock, 0, [(1, visitor, 0, "pageview") for visitor in visitors])


def test_the_log_stays_about_as_large_as_what_it_holds():
    """Some thousand wait for long while a few go on: the same rows are not kept for ever."""
    carrier, clock = Carrier(), 1_800_000_000_000
    for start in range(0, 4_000, 1_000):
        carrier.carry([crowd(clock, range(start, start + 1_000))])
    most = 0
    for turn in range(100):
        carrier.carry([crowd(clock + turn, range(100))])
        most = max(most, carrier.rows())
    assert most < FEW + 2 * 4_000
    assert len(Visits(carrier.log).opened()) == 4_000


def test_no_commit_writes_much_more_than_it_changed():
    """What is written again comes in small portions."""
    carrier, clock = Carrier(), 1_800_000_000_000
    for start in range(0, 8_000, 2_000):
        carrier.carry([crowd(clock, range(start, start + 2_000))])
    for turn in range(60):
        carrier.carry([crowd(clock + turn, range(50))])
        assert len(read(carrier.log[-1]).visits) <= FEW + 3 * 50


def test_visits_that_ended_long_ago_leave_the_log_and_the_memory():
    """Even behind one whose sender's clock is years ahead."""
    carrier, clock = Carrier(), 1_800_000_000_000
    ahead = entry(clock, 0, [(1, 999_999, 10**6, "pageview")])
    carrier.carry([((clock, 0), ahead), crowd(clock + 1, range(500))])
    for turn in range(5):
        carrier.carry([crowd(clock + 2 + turn, range(turn * 500, turn * 500 + 500))])
    for turn in range(8):
        carrier.carry([crowd(clock + 10 + FORGET_MS + turn, [5_000])])
    assert carrier.rows() < 10
    assert {visit.visitor_id for visit in carrier.visits.opened()} == {999_999, 5_000}


def test_nothing_is_written_when_nothing_changed():
    """An entry with counts alone."""
    carrier = Carrier()
    carrier.carry([((1_800_000_000_000, 0), entry(1_800_000_000_000, 0, []))])
    assert carrier.log == []
