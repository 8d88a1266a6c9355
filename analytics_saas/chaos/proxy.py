"""A door between the product and a store that can be made slow, or answer errors itself.

`python -m analytics_saas.chaos.proxy FROM TO`, each a port or a socket's path; a line on stdin
changes its mood. Errors are those of ClickHouse's HTTP interface.
"""

import asyncio
import random
import re
import sys
from collections.abc import Awaitable, Callable
from typing import TypeAlias

CHUNK = 64 << 10
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
FAILED = b"Code: 241. DB::Exception: Memory limit exceeded (MEMORY_LIMIT_EXCEEDED)"
READONLY = b"Code: 242. DB::Exception: Table is in readonly mode (TABLE_IS_READ_ONLY)"

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


class Mood:
    """`pass`, `slow SECONDS` for each piece that goes in, `error` or `readonly`."""

    def __init__(self) -> None:
        self.name, self.seconds = "pass", 0.0

    async def follow(self) -> None:
        """Take lines of stdin until it ends."""
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            self.name, _, seconds = line.strip().partition(" ")
            self.seconds = float(seconds or 0)


async def carry(mood: Mood, reader: Reader, writer: Writer) -> None:
    """Pass bytes on until either side ends; each piece is late by what the mood says."""
    while data := await reader.read(CHUNK):
        if mood.name == "slow":
            await asyncio.sleep(mood.seconds)
        writer.write(data)
        await writer.drain()


async def converse(
    mood: Mood, reader: Reader, writer: Writer, server: tuple[Reader, Writer]
) -> None:
    """Pass requests on one by one; answer some in the server's place, before or after it acts."""
    while request := await read_message(reader):
        failing = mood.name == "error" or (mood.name == "readonly" and b"INSERT" in request[:4_000])
        after = failing and mood.name == "error" and random.random() < 0.5
        answer = b""
        if not failing or after:
            server[1].write(request)
            answer = await read_message(server[0])
            if not answer:
                return
        if failing:
            answer = refusal(READONLY if mood.name == "readonly" else FAILED)
        elif mood.name == "slow":
            await asyncio.sleep(mood.seconds)
        writer.write(answer)
        await writer.drain()


async def read_message(reader: Reader) -> bytes:
    """Read one HTTP message whose length is told or which comes in chunks; b"" at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if found := LENGTH.search(head):
            return head + await reader.readexactly(int(found[1]))
        if b"chunked" not in head.lower():
            return head
        while True:
            line = await reader.readuntil(b"\r\n")
            piece = await reader.readexactly(int(line, 16) + 2)
            head += line + piece
            if int(line, 16) == 0:
                return head
    except asyncio.IncompleteReadError:
        return b""


def refusal(text: bytes) -> bytes:
    """Return an answer as the engine's own errors are."""
    head = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=UTF-8\r\n"
    code = text.split(b". ", 1)[0].removeprefix(b"Code: ").decode()
    head += f"X-ClickHouse-Exception-Code: {code}\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


async def join(mood: Mood, to: str, reader: Reader, writer: Writer) -> None:
    """Serve one connection."""
    try:
        server = await connect(to)
    except OSError:
        writer.close()
        return
    if to.isdigit():
        tasks = [converse(mood, reader, writer, server)]
    else:
        tasks = [carry(mood, reader, server[1]), carry(mood, server[0], writer)]
    running = [asyncio.ensure_future(task) for task in tasks]
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    writer.close()
    server[1].close()


async def connect(to: str) -> tuple[Reader, Writer]:
    """Connect to a port of this machine or to a socket."""
    if to.isdigit():
        return await asyncio.open_connection("127.0.0.1", int(to), limit=256 << 20)
    return await asyncio.open_unix_connection(to)


async def serve(source: str, to: str) -> None:
    """Listen until stdin ends."""
    mood = Mood()

    def joined(reader: Reader, writer: Writer) -> Awaitable[None]:
        return join(mood, to, reader, writer)

    listen: Callable[..., Awaitable[asyncio.Server]] = asyncio.start_unix_server
    place: tuple[object, ...] = (source,)
    if source.isdigit():
        listen, place = asyncio.start_server, ("127.0.0.1", int(source))
    server = await listen(joined, *place, limit=256 << 20)
    await mood.follow()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:3]))
