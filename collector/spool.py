"""Events on disk while the queue is away: a folder per producer, locked while that lives."""

import fcntl
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from collector.segment import SegmentWriter, frames_of, sync_folder

SEGMENT_BYTES = 8 << 20
LOCK = "lock"
SUFFIX = ".seg"


class SpoolFull(OSError):
    """No more may be spooled; the text names the setting that says so."""


class Spool:
    """What one producer could not append, in order. One thread at a time; every call may block.

    `most_bytes` bounds the whole of `root`, what others left there included.
    """

    def __init__(self, root: Path, most_bytes: int) -> None:
        self.root, self._most = root, most_bytes
        self.producer = secrets.token_hex(8)
        self.folder = root / self.producer
        self._lock: int | None = None
        self._tail: SegmentWriter | None = None
        self._sizes: dict[Path, int] = {}
        self._others = self._count = 0

    @property
    def in_use(self) -> bool:
        """Tell whether anything waits here."""
        return bool(self._sizes)

    @property
    def size(self) -> int:
        """Bytes that wait here."""
        return sum(self._sizes.values())

    def append(self, payloads: Iterable[bytes]) -> None:
        """Return once all are on disk. Raises OSError; then none of them will be read back."""
        data = frames_of(payloads)
        if not data:
            return
        tail = self._tail
        if tail is None or tail.size >= SEGMENT_BYTES:
            self._others = _bytes_in(self.root) - self.size
        if self._others + self.size + len(data) > self._most:
            raise SpoolFull(f"SPOOL_BYTES ({self._most}) are used up in {self.root}")
        if tail is None or tail.size >= SEGMENT_BYTES:
            tail = self._begin_segment()
        try:
            tail.append(data)
        except OSError:
            self._close_tail()
            if tail.path not in self._sizes:
                tail.path.unlink(missing_ok=True)
            raise
        self._sizes[tail.path] = tail.size

    def seal(self) -> list[Path]:
        """Return all files that wait, oldest first; later appends go to another one."""
        self._close_tail()
        return list(self._sizes)

    def discard(self, path: Path) -> None:
        """Remove a file whose content is in the queue."""
        path.unlink(missing_ok=True)
        del self._sizes[path]

    def leave(self) -> None:
        """Let go: what waits is for whoever looks next, and without any the folder goes."""
        self._close_tail()
        if self._lock is None:
            return
        if not self._sizes:
            remove_folder(self.folder)
        os.close(self._lock)
        self._lock = None
        self._sizes.clear()

    def _begin_segment(self) -> SegmentWriter:
        self._close_tail()
        if self._lock is None:
            self._lock = _make_folder(self.folder)
        self._count += 1
        self._tail = SegmentWriter(self.folder / f"{self._count:08}{SUFFIX}")
        return self._tail

    def _close_tail(self) -> None:
        if self._tail is not None:
            self._tail.close()
            self._tail = None


def _make_folder(folder: Path) -> int:
    """Create a folder that is locked from its first moment; return the lock."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Under another name until it is locked, or somebody would take it for left behind.
    draft = folder.with_name(f".{folder.name}")
    draft.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(draft / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(folder)
        sync_folder(folder.parent)
    except OSError:
        os.close(lock)
        raise
    return lock


def _bytes_in(root: Path) -> int:
    return sum(_size(path) for path in root.glob(f"*/*{SUFFIX}"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        # Another process has just replayed it.
        return 0


# -- What was left behind ------------------------------------------------------------------------
def left_behind(root: Path) -> list[Path]:
    """Return the folders of all producers, alive or not, oldest first."""
    folders = [path for path in root.glob("*") if "." not in path.name and path.is_dir()]
    return sorted(folders, key=lambda path: (changed_at(path), path.name))


def take(folder: Path) -> int | None:
    """Lock a folder; None while its producer lives, or when somebody else was faster."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    if os.fstat(lock).st_nlink == 0:
        os.close(lock)
        return None
    return lock


def segments_of(folder: Path) -> list[Path]:
    """Return a folder's files, oldest first."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def changed_at(path: Path) -> float:
    """Return when something was last written, in seconds since 1970; 0 for what is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def set_aside(folder: Path) -> Path:
    """Keep a folder for the operator, where nobody takes it for left behind."""
    return folder.rename(folder.with_name(f"{folder.name}.old"))


def remove_folder(folder: Path) -> None:
    """Remove a folder that is locked and holds nothing any more."""
    (folder / LOCK).unlink(missing_ok=True)
    folder.rmdir()
