"""Frames in a file: what is whole is read back, what a crash tore is cut. Knows no stream."""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct
from zlib import crc32

log = logging.getLogger(__name__)

MAGIC = b"dsspool1"
# The payload's length, and a checksum over that length and the payload, so that a stretch of
# zeros is no frame.
HEADER = Struct("<II")
LENGTH = Struct("<I")


def frames_of(payloads: Iterable[bytes]) -> bytes:
    """Return payloads as frames."""
    return b"".join(HEADER.pack(len(one), _checksum(len(one), one)) + one for one in payloads)


def read_segment(path: Path) -> list[bytes]:
    """Return the whole payloads of a file in order; what is not whole is named in the log.

    A crash tears the last frame, which nobody was told is on disk. Damage further ahead costs
    the frames it lies in; those behind it are found by the length.
    """
    data = path.read_bytes()
    if data[: len(MAGIC)] != MAGIC:
        if data:
            log.error("%s: not a segment of this version, %d bytes are cut", path, len(data))
        return []
    return list(_frames(path, data))


def _frames(path: Path, data: bytes) -> Iterator[bytes]:
    place = len(MAGIC)
    while place < len(data):
        end = _end(data, place)
        if end is not None and _is_whole(data, place, end):
            yield data[place + HEADER.size : end]
        elif end is not None and (after := _end(data, end)) and _is_whole(data, end, after):
            log.error("%s: the frame at byte %d is damaged and lost", path, place)
        else:
            lost = len(data) - place
            log.warning("%s: torn at byte %d, the last %d bytes are cut", path, place, lost)
            return
        place = end


def _end(data: bytes, place: int) -> int | None:
    """Return where the frame that begins at `place` says it ends, None if that is beyond all."""
    if place + HEADER.size > len(data):
        return None
    (length,) = LENGTH.unpack_from(data, place)
    end: int = place + HEADER.size + length
    return end if length and end <= len(data) else None


def _is_whole(data: bytes, place: int, end: int) -> bool:
    length, checksum = HEADER.unpack_from(data, place)
    return bool(checksum == _checksum(length, data[place + HEADER.size : end]))


def _checksum(length: int, payload: bytes) -> int:
    return crc32(payload, crc32(LENGTH.pack(length)))


class SegmentWriter:
    """The file that grows. What an append that failed left behind is cut off again."""

    def __init__(self, path: Path) -> None:
        """Create the file, mode 0600. Raises OSError."""
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self.size = 0
        try:
            self._write(MAGIC)
            # The file itself must survive too.
            sync_folder(path.parent)
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise

    def append(self, data: bytes) -> None:
        """Return once the bytes are on disk. Raises OSError; then close, and begin another file.

        After a failed fsync nobody knows what the disk holds, so it is never tried again.
        """
        try:
            self._write(data)
        except OSError:
            try:
                os.ftruncate(self._file, self.size)
                os.fsync(self._file)
            except OSError:
                log.exception("%s: what was refused may be replayed all the same", self.path)
            raise

    def close(self) -> None:
        """Stop writing."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fdatasync(self._file)
        self.size += len(data)


def sync_folder(folder: Path) -> None:
    """Return once a folder's names are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
