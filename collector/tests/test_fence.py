"""What the Lua of a shard refuses: each wall alone, without a drain around it."""

import random

import pytest
from msgspec.structs import replace

from analytics_saas import redis as stores
from collector.closures import Closure
from collector.shard import BLOBS_AT_ONCE, Intent, LostLease, Shard
from collector.stream import stream_key
from collector.visit_log import Changes

NOTHING = Changes(b"", 0)
FIRST = Intent("0-0", "1-0", 1, 1, {"events": {202609: 3}})


@pytest.fixture
def shard():
    """A shard of its own, held."""
    shard = Shard(stores.queue(), random.randrange(1_000, 1_000_000))
    assert shard.acquire()
    yield shard
    shard.forget()


def test_a_drain_of_before_begins_nothing(shard):
    """Though the range is the next one, and none is open."""
    shard.release()
    other = Shard(stores.queue(), shard.number)
    assert other.acquire()
    with pytest.raises(LostLease):
        shard.intend(FIRST)
    assert other.intent() is None


def test_a_drain_of_before_commits_nothing(shard):
    """Not even the range that it had begun itself."""
    shard.intend(FIRST)
    shard.release()
    other = Shard(stores.queue(), shard.number)
    assert other.acquire()
    with pytest.raises(LostLease):
        shard.commit(FIRST, NOTHING)
    assert (other.cursor(), other.intent()) == ("0-0", FIRST)


@pytest.mark.parametrize(
    "change", [{"end": "2-0"}, {"batch": 2}, {"version": 2}, {"counts": {"events": {202609: 4}}}]
)
def test_while_a_range_is_open_no_other_begins_or_ends(shard, change):
    """One that differs in anything is another one."""
    shard.intend(FIRST)
    shard.intend(FIRST)
    another = replace(FIRST, **change)
    with pytest.raises(LostLease):
        shard.intend(another)
    with pytest.raises(LostLease):
        shard.commit(another, NOTHING)
    assert (shard.cursor(), shard.batch(), shard.intent()) == ("0-0", 0, FIRST)


@pytest.mark.parametrize("change", [{"end": "2-0"}, {"batch": 2}])
def test_only_the_last_commit_is_answered_again(shard, change):
    """And does nothing then; one that was never begun is refused."""
    shard.intend(FIRST)
    for _ in range(2):
        shard.commit(FIRST, Changes(b"visits", 0))
    with pytest.raises(LostLease):
        shard.commit(replace(FIRST, **change), NOTHING)
    assert (shard.cursor(), shard.batch(), shard.state()) == ("1-0", 1, [b"visits"])


@pytest.mark.parametrize("start", ["0-0", "0-9", "2-0"])
def test_a_range_begins_where_the_last_one_ended(shard, start):
    """Neither before nor behind that."""
    shard.intend(FIRST)
    shard.commit(FIRST, NOTHING)
    with pytest.raises(LostLease):
        shard.intend(replace(FIRST, start=start, end="3-0"))
    assert shard.intent() is None


def test_a_commit_adds_its_blob_and_drops_old_ones(shard):
    """A blob may free all that came before it, and stays itself."""
    for number, drop in ((1, 0), (2, 0), (3, 2)):
        intent = replace(FIRST, start=shard.cursor(), end=f"{number}-0", batch=number)
        shard.intend(intent)
        shard.commit(intent, Changes(b"%d" % number, drop))
    assert shard.state() == [b"3"]


def test_a_commit_trims_up_to_its_end(shard):
    """An entry of the same millisecond behind it stays."""
    for identity in ("1-0", "1-1"):
        stores.queue().xadd(stream_key(shard.number), {"b": b""}, id=identity)
    shard.intend(FIRST)
    shard.commit(FIRST, NOTHING)
    assert [one for one, _ in stores.queue().xrange(stream_key(shard.number))] == [b"1-1"]


def test_a_log_of_any_length_is_read_whole(shard):
    """In pieces, so that no read of it takes long."""
    blobs = [b"%d" % number for number in range(2 * BLOBS_AT_ONCE + 1)]
    for number, blob in enumerate(blobs, start=1):
        intent = Intent(shard.cursor(), f"{number}-0", number, 1, {})
        shard.intend(intent)
        shard.commit(intent, Changes(blob, 0))
    assert shard.state() == blobs


def test_what_is_closed_stays_so_until_a_commit_says_otherwise(shard):
    closed = {7: Closure("delete", 1, 2, 3, 4)}
    for number, closures in ((1, closed), (2, None), (3, {})):
        intent = Intent(shard.cursor(), f"{number}-0", number, 1, {})
        shard.intend(intent)
        shard.commit(intent, NOTHING, closures)
        assert shard.closures() == ({} if number == 3 else closed)
