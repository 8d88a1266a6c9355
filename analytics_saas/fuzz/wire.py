"""Raw bytes to a port and what comes back, many connections at once."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CONNECTIONS = 64
# Who is still waited for then has sent half a request.
PATIENCE_SECONDS = 1.0
MOST_EXAMPLES = 5


@dataclass(slots=True)
class Seen:
    """What a run saw. `unclear` are 4xx that do not say what to change; `mute` got no answer."""

    sent: int = 0
    mute: int = 0
    unclear: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    examples: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def server_errors(self) -> int:
        """Answers of 500 and more."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def add(self, request: bytes, answer: bytes) -> None:
        """Count one answer; b'' is none."""
        self.sent += 1
        head, _, body = answer.partition(b"\r\n\r\n")
        words = head.split(b" ", 2)
        if len(words) < 2 or not words[1].isdigit():
            self.mute += 1
            return
        status = int(words[1])
        self.statuses[status] += 1
        unclear = 400 <= status < 500 and not request.startswith(b"HEAD") and not is_clear(body)
        self.unclear += unclear
        if (unclear or status >= 500) and len(self.examples) < MOST_EXAMPLES:
            self.examples.append((request[:300], answer[:400]))


def is_clear(body: bytes) -> bool:
    """Tell whether an error is JSON that says what to do and where."""
    try:
        error = json.loads(body)["error"]
        return bool(error["code"] and error["message"].endswith((".", "…'."))) and "field" in error
    except (ValueError, KeyError, TypeError):
        return False


async def send_all(port: int, requests: Iterable[bytes], seen: Seen) -> None:
    """Send each request over a connection of its own."""
    waiting = iter(requests)
    await asyncio.gather(*(_send_in_turn(port, waiting, seen) for _ in range(CONNECTIONS)))


async def _send_in_turn(port: int, waiting: Iterator[bytes], seen: Seen) -> None:
    for request in waiting:
        seen.add(request, await exchange(port, request))


async def exchange(port: int, request: bytes, patience: float = PATIENCE_SECONDS) -> bytes:
    """Send a request and return its answer, b'' when none came in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(patience):
            return await _answer(reader)
    except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100 "):
        head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    try:
        return head + await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        # To HEAD nothing follows.
        return head + error.partial
