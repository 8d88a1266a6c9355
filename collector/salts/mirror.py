"""A copy of the salts in files of a tmpfs, so that a restart of one machine loses none.

Such a file lies in memory, never on a disk: mode 0600 in a folder of mode 0700.
"""

import logging
import os
import secrets
import stat
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from analytics_saas.env import env
from collector.salts.days import AHEAD_OF_EXPIRY, GRACE, day_end
from collector.salts.memory import Place
from collector.salts.salt import HEADER_BYTES, KEY_BYTES, NOTHING, Salt

log = logging.getLogger(__name__)

MEMORY_FILES = {"tmpfs", "ramfs"}
# An empty folder that nobody changed for so long belongs to a DATA_DIR that is used no more.
UNUSED_SECONDS = 24 * 3600


def folder() -> Path | None:
    """Return the folder of this DATA_DIR's salts, None where there may be none."""
    if env.salt_mirror_dir is None:
        return None
    name = blake2b(os.fsencode(env.data_dir), digest_size=8).hexdigest()
    path = env.salt_mirror_dir / f"{_owner()}{name}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        _require_own_memory(path)
    except OSError as error:
        log.warning("salts are not mirrored: %s: %s", error.strerror, path)
        return None
    return path


def find(where: Path, place: Place) -> Salt | None:
    """Return the salt that an earlier process left."""
    until = day_end(*place) + GRACE
    header, key = bytearray(HEADER_BYTES), bytearray(KEY_BYTES)
    try:
        file = os.open(_path(where, place), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        read = os.preadv(file, [header, key], 0)
    finally:
        os.close(file)
    known = read == HEADER_BYTES + KEY_BYTES and key != NOTHING
    return Salt(bytes(header), until, key) if known else None


def write(where: Path, place: Place, salt: Salt) -> None:
    """Leave a salt, over the one of the same day that was there before. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
    file = os.open(_path(where, place), flags, 0o600)
    try:
        os.pwritev(file, [salt.header, salt.key], 0)
    finally:
        os.close(file)


def propose(where: Path, place: Place, made: Salt) -> Salt:
    """Leave a salt that nobody uses yet; return it, or the one of a process that was faster.

    Where it cannot be left it is returned all the same.
    """
    path = _path(where, place)
    # Nobody finds it before it is whole; its name begins like the others, so it is swept too.
    draft = path.with_name(f"{path.name}~{secrets.token_hex(4)}")
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.pwritev(file, [made.header, made.key], 0)
        finally:
            os.close(file)
        try:
            os.link(draft, path)
        except FileExistsError:
            theirs = find(where, place)
            erase(draft)
        else:
            theirs = None
            # The same bytes under one name: nothing is to be overwritten.
            draft.unlink()
    except OSError as error:
        log.warning("a salt is not mirrored: %s", error)
        return made
    if theirs is None:
        return made
    made.wipe()
    return theirs


def sweep(where: Path, now: datetime) -> None:
    """Overwrite and remove every salt whose time is over, whoever left it. Raises OSError."""
    soon = (now + AHEAD_OF_EXPIRY).timestamp()
    for name in os.listdir(where):
        until, _, rest = name.partition("-")
        if rest and until.isdigit() and int(until) <= soon:
            erase(where / name)


def sweep_all(now: datetime) -> None:
    """Sweep the folders of every DATA_DIR of ours; those used no more go. Raises OSError."""
    if env.salt_mirror_dir is not None:
        for left in env.salt_mirror_dir.glob(f"{_owner()}*"):
            if left.is_dir() and not left.is_symlink() and left.stat().st_uid == os.getuid():
                sweep(left, now)
                _remove_unused(left, now)


def erase(path: Path) -> None:
    """Overwrite one file, then remove it; another process may be faster. Raises OSError."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    try:
        os.pwrite(file, bytes(HEADER_BYTES) + NOTHING, 0)
    finally:
        os.close(file)
    path.unlink(missing_ok=True)


def _remove_unused(left: Path, now: datetime) -> None:
    """Remove an old and empty folder; whoever has a salt to leave makes it again."""
    if left.stat().st_mtime + UNUSED_SECONDS < now.timestamp() and not os.listdir(left):
        left.rmdir()


def _owner() -> str:
    return f"daysalt-{os.getuid()}-"


def _path(where: Path, place: Place) -> Path:
    """A file's name begins with the second in which its salt's life ends."""
    zone, day = place
    until = int((day_end(zone, day) + GRACE).timestamp())
    return where / f"{until}-{day.isoformat()}-{zone.replace('/', '~')}"


def _require_own_memory(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(1, "not a folder that only we can read", str(path))
    if _file_system(path.resolve()) not in MEMORY_FILES:
        raise OSError(1, "SALT_MIRROR_DIR is on a disk, not on a tmpfs", str(path))


def _file_system(path: Path) -> str:
    """Return the type of the file system that holds a path, '' where the system does not say."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return ""
    mounts = (line.split()[1:3] for line in lines)
    holding = [(len(place), kind) for place, kind in mounts if path.is_relative_to(place)]
    return max(holding)[1] if holding else ""
