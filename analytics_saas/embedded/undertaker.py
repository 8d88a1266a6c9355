"""Ends every part when the supervisor is killed: a process that waits for its pipe to close.

`python -m analytics_saas.embedded.undertaker`; a line `+N` or `-N` says that the process group N
lives or is gone. Standard library only.
"""

import os
import signal
import sys
import time
from pathlib import Path

POLITE_SECONDS = 8
FORCED_SECONDS = 4


def main() -> None:
    """Follow the groups until the supervisor is gone, then end what is left of them."""
    # Ctrl-C is the supervisor's to hear.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.append(group)
        elif group in groups:
            groups.remove(group)
    end(groups)


def end(groups: list[int]) -> None:
    """End groups in reverse order of their start: politely, then for certain."""
    deadline = time.monotonic() + POLITE_SECONDS
    for group in reversed(groups):
        tell(group, signal.SIGTERM)
        wait(group, deadline)
    for group in groups:
        tell(group, signal.SIGKILL)
    deadline = time.monotonic() + FORCED_SECONDS
    for group in groups:
        wait(group, deadline)


def wait(group: int, deadline: float) -> None:
    """Return once the group is gone, or at the deadline."""
    while lives(group) and time.monotonic() < deadline:
        time.sleep(0.05)


def tell(group: int, number: int) -> bool:
    """Signal a process group; False when it is gone."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def lives(group: int) -> bool:
    """Tell whether a process of the group still runs; one that only waits to be reaped does not."""
    if not tell(group, 0):
        return False
    stats = [_stat(folder) for folder in Path("/proc").glob("[0-9]*")]
    # Without /proc a dead process cannot be told from one that waits to be reaped.
    return not stats or any(own == str(group) and state != "Z" for state, own in stats)


def _stat(folder: Path) -> tuple[str, str]:
    try:
        # State, parent and group come after the name, which may hold anything.
        state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
    except (OSError, ValueError):
        return "Z", ""
    return state, group


if __name__ == "__main__":
    main()
