"""The memory of a server, a process and those that it has started; the time it has taken."""

import os
from pathlib import Path


def children(pid: int) -> frozenset[int]:
    """Return the processes that a process has started and that still run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return frozenset(map(int, text.split()))


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process and its children in MiB, shared pages once each."""
    kilobytes = 0
    for one in (pid, *children(pid)):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(kilobytes / 1024, 1)


def peak_mb(pid: int) -> float:
    """Return the most resident memory that a single process has had, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = (int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return round(kilobytes / 1024, 1)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken, in user and system."""
    # The command's name stands in brackets and may contain anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
