"""The spool's folder: who holds it, how much it takes, and disks that take no more."""

import os
import resource
import stat
from contextlib import contextmanager

import pytest

from collector import spool as module
from collector.segment import read_segment
from collector.spool import Spool, SpoolFull, left_behind, segments_of, take


@pytest.fixture
def spool(tmp_path):
    """A spool with room for a few frames."""
    return Spool(tmp_path / "data" / "spool", 10_000)


def contents(spool):
    """Everything that waits, in order."""
    return [one for path in spool.seal() for one in read_segment(path)]


def test_it_keeps_the_order_over_many_files(spool, monkeypatch):
    """And its folders are nobody else's to read."""
    monkeypatch.setattr(module, "SEGMENT_BYTES", 100)
    sent = [b"%d" % number * 20 for number in range(40)]
    for one in sent:
        spool.append([one])
    assert len(spool.seal()) > 5
    assert contents(spool) == sent
    for folder in (spool.root, spool.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_full_spool_names_its_setting_and_takes_more_once_something_is_gone(spool):
    """What it refused is not in it."""
    spool.append([b"x" * 6_000])
    with pytest.raises(SpoolFull, match=r"SPOOL_BYTES \(10000\)"):
        spool.append([b"y" * 6_000])
    (oldest,) = spool.seal()
    spool.append([b"z"])
    spool.discard(oldest)
    spool.append([b"y" * 6_000])
    assert contents(spool) == [b"z", b"y" * 6_000]


def test_the_bound_holds_for_all_producers_of_a_folder(spool):
    """Also for those that are gone."""
    other = Spool(spool.root, 10_000)
    other.append([b"x" * 6_000])
    other.leave()
    with pytest.raises(SpoolFull):
        spool.append([b"y" * 6_000])


def test_an_empty_spool_leaves_no_folder(spool):
    """And can be used again."""
    for _ in range(2):
        spool.append([b"x"])
        (path,) = spool.seal()
        spool.discard(path)
        spool.leave()
        assert list(spool.root.iterdir()) == []
    assert not spool.in_use


def test_a_living_producer_is_never_taken_for_dead(spool):
    """One that let go is, with all it left, and by one heir only."""
    spool.append([b"x"])
    (folder,) = left_behind(spool.root)
    assert take(folder) is None
    spool.leave()
    lock = take(folder)
    assert [read_segment(path) for path in segments_of(folder)] == [[b"x"]]
    assert take(folder) is None
    os.close(lock)


@contextmanager
def room_for(size):
    """Let files of this process grow no further, as a full disk would, midway through a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_midway_loses_nothing_that_was_said_to_be_kept(spool):
    """Half a frame is cut off again, and the next one is found behind it."""
    spool.append([b"a" * 1_000])
    with room_for(2_000), pytest.raises(OSError, match="too large"):
        spool.append([b"b" * 3_000])
    spool.append([b"c"])
    assert contents(spool) == [b"a" * 1_000, b"c"]


def test_a_disk_that_takes_nothing_at_all_leaves_nothing_behind(spool):
    """Not even a file; later it is simply tried again."""
    for size in (0, 100):
        with room_for(size), pytest.raises(OSError, match="too large"):
            spool.append([b"a" * 1_000])
        assert not spool.in_use
        assert list(spool.root.glob("*/*.seg")) == []
    spool.append([b"a"])
    assert contents(spool) == [b"a"]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(tmp_path):
    """Such as a file in its place."""
    (tmp_path / "spool").write_text("")
    with pytest.raises(OSError, match="spool"):
        Spool(tmp_path / "spool", 10_000).append([b"x"])
