"""The memory of a server: a process and those that it has started."""

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
