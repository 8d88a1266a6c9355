"""The product's processes as the system shows them: who they are and what is in their memory."""

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

# Code and data that the kernel lends to every process; they cannot be read.
KERNEL = ("[vvar", "[vsyscall]")
CHUNK = 16 << 20


def descendants(parent: int) -> dict[int, str]:
    """Return the command line of every process below one, by its id."""
    found, todo = {}, [parent]
    while todo:
        above = todo.pop()
        for process, (of, command) in processes().items():
            if of == above and process not in found:
                found[process] = command
                todo.append(process)
    return found


def processes() -> dict[int, tuple[int, str]]:
    """Return parent and command line of every process."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if state[0] != "Z":
            command = b" ".join(words).decode("utf-8", "replace")
            found[int(folder.name)] = (int(state[1]), command)
    return found


def named(parent: int, word: str) -> list[int]:
    """Return the processes below one whose command line has a word, oldest first."""
    return sorted(process for process, command in descendants(parent).items() if word in command)


def send(found: Iterable[int], number: signal.Signals) -> None:
    """Signal processes of ours."""
    for process in found:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


def count_in_memory(process: int, needles: list[bytes]) -> int:
    """Count needles in everything that a process could read, freed memory included.

    A process that is gone has none.
    """
    try:
        return sum(chunk.count(needle) for chunk in memory(process) for needle in needles)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def memory(process: int) -> Iterator[bytes]:
    """Yield the readable memory of a process, each mapping in chunks that overlap a little."""
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as pages:
        for line in maps:
            place, rights, *_ = line.split()
            if "r" not in rights or any(name in line for name in KERNEL):
                continue
            start, end = (int(edge, 16) for edge in place.split("-"))
            yield from _mapping(pages.fileno(), start, end)


def _mapping(pages: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        try:
            chunk = os.pread(pages, min(CHUNK, end - start), start)
        except OSError:
            return
        if not chunk:
            return
        yield chunk
        start += len(chunk)
