"""An operator's MMDB file, kept open and opened anew when it changes on disk."""

import logging
import time
from pathlib import Path
from typing import Any

import maxminddb

from analytics_saas.client_ip import Address

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
Stamp = tuple[int, int, int]


class Mmdb:
    """Records by address. A file that cannot be read is said once and leaves the last one open."""

    def __init__(self, path: Path, look_seconds: float = LOOK_SECONDS) -> None:
        self._path, self._look_seconds = path, look_seconds
        self._reader: maxminddb.Reader | None = None
        self._stamp: Stamp | None = None
        self._look_at = 0.0

    def find(self, address: Address) -> dict[str, Any]:
        """Return what the file says of an address, {} when nothing."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + self._look_seconds
            self._look()
        if self._reader is None:
            return {}
        try:
            found = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            # An address of version 6 in a file that has version 4 only; or broken bytes.
            return {}
        return found if isinstance(found, dict) else {}

    def _look(self) -> None:
        """Open the file if it is another one than before."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            # Mapped, so that all processes share it; who replaces the file must rename it.
            self._reader = maxminddb.open_database(self._path, maxminddb.MODE_AUTO)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            log.error("%s cannot be read as MMDB: %s", self._path, error)


def _stamp(path: Path) -> Stamp | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
