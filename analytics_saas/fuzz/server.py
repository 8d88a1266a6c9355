"""A collector of one's own, over the stores of this DATA_DIR."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from analytics_saas.bench.product import free_port
from analytics_saas.embedded import parts
from analytics_saas.env import env


@contextmanager
def running_collector() -> Iterator[tuple[int, int]]:
    """Run the collector as `make up` does; give its port and the process that starts workers."""
    port = free_port()
    roles = parts.roles(replace(env, collector_port=port))
    part = next(part for part in roles if part.name == "collector")
    process = subprocess.Popen(part.command)
    try:
        while not part.ready():
            if process.poll() is not None:
                sys.exit("daysalt: the collector did not start")
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def children(pid: int) -> frozenset[int]:
    """Return the processes that a process has started and that still run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return frozenset(map(int, text.split()))


def memory_mb(pids: frozenset[int]) -> float:
    """Return the resident memory of processes in MiB."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
