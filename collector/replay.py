"""From the spool back into the queue: in order, under the numbers that were given at first."""

import asyncio
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from redis.asyncio import Redis as AsyncRedis

from analytics_saas.failpoints import reach
from collector.pressure import Pressure
from collector.segment import read_segment
from collector.spool import (
    changed_at,
    left_behind,
    remove_folder,
    segments_of,
    set_aside,
    take,
)
from collector.stream import PRODUCER_MS, Sealed, decode_sealed, send

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 << 10
# The queue remembers numbers for longer than this; later a repeat would be appended again.
OLDEST_SECONDS = PRODUCER_MS / 1000 * 2 / 3


async def replay(client: AsyncRedis, segment: Path, pressure: Pressure) -> int:
    """Append a file's entries, less those that were appended before; return how many it holds.

    Raises an error of Redis (a queue that is full is one) or an OSError; then the same file is
    simply replayed again.
    """
    frames = await asyncio.to_thread(read_segment, segment)
    for chunk in _chunks(frames):
        # A spool is read far faster than a drain makes room.
        await pressure.require_room()
        await send(client, chunk)
    reach("replayed")
    return len(frames)


async def take_over(client: AsyncRedis, root: Path, pressure: Pressure) -> int:
    """Replay what producers left in `root` that live no more; return how many entries it was.

    Raises an error of Redis; then the rest waits for the next call.
    """
    count = 0
    for folder in left_behind(root):
        try:
            count += await _take_over(client, folder, pressure)
        except (OSError, msgspec.MsgspecError) as error:
            log.error("%s cannot be replayed and waits: %s", folder, error)
    return count


async def _take_over(client: AsyncRedis, folder: Path, pressure: Pressure) -> int:
    lock = take(folder)
    if lock is None:
        return 0
    try:
        segments, count = segments_of(folder), 0
        if any(changed_at(one) < time.time() - OLDEST_SECONDS for one in segments):
            kept = set_aside(folder)
            log.error("%s is too old to be replayed without doubt and is set aside", kept)
            return 0
        for segment in segments:
            count += await replay(client, segment, pressure)
            segment.unlink()
        remove_folder(folder)
        log.warning("%d entries of a process that is gone are replayed from %s", count, folder)
        return count
    finally:
        os.close(lock)


def _chunks(frames: list[bytes]) -> Iterator[list[Sealed]]:
    chunk, size = list[Sealed](), 0
    for frame in frames:
        chunk.append(decode_sealed(frame))
        size += len(frame)
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
