"""What is read back from a segment, wherever a crash or the disk has damaged it."""

import stat

import pytest

from collector.segment import HEADER, MAGIC, SegmentWriter, frames_of, read_segment

PAYLOADS = [b"first", b"x" * 1_000, b"last"]


@pytest.fixture
def path(tmp_path):
    """A segment of three frames."""
    writer = SegmentWriter(tmp_path / "a.seg")
    for payload in PAYLOADS:
        writer.append(frames_of([payload]))
    writer.close()
    return writer.path


def test_what_was_written_is_read_back_by_its_owner_only(path):
    """In order, and mode 0600."""
    assert read_segment(path) == PAYLOADS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_tail_torn_at_any_byte_costs_the_last_frame_only(path, caplog):
    """Exhaustive; the log names the file and how much is cut."""
    whole = path.read_bytes()
    second = len(whole) - len(frames_of([b"last"]))
    for length in range(second + 1, len(whole)):
        path.write_bytes(whole[:length])
        assert read_segment(path) == PAYLOADS[:2]
    text = f"{path}: torn at byte {second}, the last 1 bytes are cut"
    assert text in [record.getMessage() for record in caplog.records]
    path.write_bytes(whole[:second])
    caplog.clear()
    assert (read_segment(path), caplog.records) == (PAYLOADS[:2], [])


def test_a_changed_bit_costs_its_frame_and_no_other(path, caplog):
    """Whether it lies in the checksum or in the payload."""
    whole = path.read_bytes()
    for place in (len(MAGIC) + 4, len(MAGIC) + HEADER.size):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_segment(path) == PAYLOADS[1:]
    assert "damaged and lost" in caplog.text


@pytest.mark.parametrize("tail", [b"\0" * 64, b"\xff" * 64, bytes(range(64))])
def test_what_a_file_system_leaves_behind_the_end_is_no_frame(path, tail):
    """Zeros above all: a checksum of nothing is zero."""
    path.write_bytes(path.read_bytes() + tail)
    assert read_segment(path) == PAYLOADS


def test_another_kind_of_file_is_not_read(path, caplog):
    """Nor is an empty one, which a crash leaves, worth a word."""
    path.write_bytes(b"dsspool9" + path.read_bytes()[len(MAGIC) :])
    assert read_segment(path) == []
    assert "not a segment of this version" in caplog.text
    caplog.clear()
    path.write_bytes(b"")
    assert (read_segment(path), caplog.text) == ([], "")
