"""Reading a stream in chunks: whole, in order, and no more than was asked for."""

import random

import pytest

from analytics_saas import redis as stores
from collector.ranges import CHUNK_BYTES, FIRST_COUNT, read_all
from collector.stream import stream_key


@pytest.fixture
def number():
    """A shard of its own."""
    number = random.randrange(1_000, 1_000_000)
    yield number
    stores.queue().delete(stream_key(number))


def fill(number, sizes):
    """Append entries of given sizes; return their ids."""
    pipe = stores.queue().pipeline(transaction=False)
    for size in sizes:
        pipe.xadd(stream_key(number), {"b": b"x" * size})
    return [one.decode() for one in pipe.execute()]


def test_it_reads_everything_in_order(number):
    """Small and large entries, over many chunks."""
    sizes = [random.Random(3).choice((1, 50, 70_000)) for _ in range(500)]
    ids = fill(number, sizes)
    found = read_all(stores.queue(), number, "0-0")
    assert [identity for identity, _ in found] == ids
    assert [len(entry) for _, entry in found] == sizes
    assert found[7:200] == read_all(stores.queue(), number, ids[6], ids[199])


def test_it_ends_soon_after_so_many_bytes(number):
    """At most a chunk later; with the first entry in any case."""
    fill(number, [10_000] * 1_000)
    found = read_all(stores.queue(), number, "0-0", most_bytes=3_000_000)
    assert 3_000_000 <= sum(len(entry) for _, entry in found) <= 3_000_000 + CHUNK_BYTES
    assert len(read_all(stores.queue(), number, "0-0", most_bytes=1)) == FIRST_COUNT


def test_an_empty_stream_has_nothing(number):
    """Nor has one that was never there."""
    assert read_all(stores.queue(), number, "0-0") == []
    (last,) = fill(number, [1])
    assert read_all(stores.queue(), number, last) == []
