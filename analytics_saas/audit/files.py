"""Every byte of files, as it lies on the disk."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 32 << 20


def files_below(*folders: Path) -> Iterator[Path]:
    """Yield all plain files; sockets and links hold nothing of their own.

    What a store removes meanwhile is passed over.
    """
    for folder in folders:
        for path in _paths(folder):
            if path.is_file() and not path.is_symlink():
                yield path


def _paths(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        yield folder
    for above, _, names in os.walk(folder):
        yield from (Path(above, name) for name in names)


def count_in_files(paths: Iterable[Path], needles: Iterable[bytes]) -> int:
    """Count needles in files; one that was removed meanwhile has none."""
    sought = list(needles)
    longest = max(map(len, sought))
    total = 0
    for path in paths:
        try:
            with path.open("rb") as file:
                total += _count(iter(lambda file=file: file.read(CHUNK), b""), sought, longest)  # type: ignore[misc]
        except FileNotFoundError:
            continue
    return total


def _count(chunks: Iterator[bytes], needles: list[bytes], longest: int) -> int:
    total, before = 0, b""
    for chunk in chunks:
        text = before + chunk
        total += sum(text.count(needle) - before.count(needle) for needle in needles)
        # Long enough for a needle that is cut in two.
        before = text[-longest + 1 :]
    return total
