"""One start per DATA_DIR: two locks that the kernel lets go of with their processes.

The supervisor alone holds `up.lock`; the undertaker shares `parts.lock` with it, so that after a
kill the next start waits until the last part is gone.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from analytics_saas.embedded.preflight import CannotRun

ENDING_SECONDS = 20


class AlreadyRuns(CannotRun):
    """Another start holds this DATA_DIR."""


@contextmanager
def claim(data_dir: Path) -> Iterator[TextIO]:
    """Hold DATA_DIR during the block; lends the file that the undertaker must inherit.

    Raises AlreadyRuns.
    """
    with (data_dir / "up.lock").open("a+") as own, (data_dir / "parts.lock").open("a+") as shared:
        if not _lock(own):
            own.seek(0)
            raise AlreadyRuns(
                f"`make up` runs with this DATA_DIR already, as process {own.read().strip()}: "
                "stop it, or set another DATA_DIR"
            )
        own.truncate(0)
        own.write(str(os.getpid()))
        own.flush()
        _wait_for_parts(shared)
        yield shared


def _wait_for_parts(shared: TextIO) -> None:
    deadline = time.monotonic() + ENDING_SECONDS
    has_said = False
    while not _lock(shared):
        if time.monotonic() > deadline:
            raise CannotRun(f"parts of an earlier start did not end within {ENDING_SECONDS} s")
        if not has_said:
            print("daysalt: an earlier start was killed; waiting for its parts to end", flush=True)
            has_said = True
        time.sleep(0.1)


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
