"""Talks to the cache Redis without leaving copies of what was said, here or in the server.

The usual client makes immutable strings of every reply, which nothing can overwrite.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket

import redis

from analytics_saas.redis import cache_socket

# Longer than any of our commands and replies: what it leaves in a buffer lies over them.
SCRUB = bytes(2048)


class Wire:
    """One connection; every reply is a view of one buffer that the next command overwrites."""

    def __init__(self, connection: socket) -> None:
        self._socket = connection
        self._buffer = bytearray(4096)
        self._view = memoryview(self._buffer)

    def ask(self, *words: bytes | bytearray) -> memoryview | None:
        """Send one command; return its text or bulk reply, None for none. Raises RedisError."""
        command = _command(words)
        try:
            self._socket.sendall(command)
            return self._read()
        except OSError as error:
            raise redis.ConnectionError(str(error)) from error
        finally:
            command[:] = bytes(len(command))

    def scrub(self) -> None:
        """Overwrite what the last commands left in the server's buffers and in ours."""
        self.ask(b"PING", SCRUB)
        self._buffer[:] = bytes(len(self._buffer))

    def _read(self) -> memoryview | None:
        filled = self._fill(0)
        while (line_end := self._buffer.find(b"\r\n", 0, filled)) < 0:
            filled = self._fill(filled)
        kind, line = self._buffer[:1], self._view[1:line_end]
        if kind == b"-":
            raise redis.ResponseError(str(line, "utf-8", "replace"))
        if kind != b"$":
            return line
        length = int(bytes(line))
        if length < 0:
            return None
        begin = line_end + 2
        while filled < begin + length + 2:
            filled = self._fill(filled)
        return self._view[begin : begin + length]

    def _fill(self, filled: int) -> int:
        count = self._socket.recv_into(self._view[filled:])
        if not count:
            raise redis.ConnectionError("the cache hung up or said too much")
        return filled + count


@contextmanager
def wire() -> Iterator[Wire]:
    """Connect for a few commands, and leave nothing behind. Raises RedisError."""
    with cache_socket() as connection:
        speaker = Wire(connection)
        try:
            yield speaker
        finally:
            speaker.scrub()


def _command(words: tuple[bytes | bytearray, ...]) -> bytearray:
    """Write a command into one buffer of its final size: one that grows leaves copies behind."""
    parts: list[bytes | bytearray] = [b"*%d\r\n" % len(words)]
    for word in words:
        parts += (b"$%d\r\n" % len(word), word, b"\r\n")
    command, place = bytearray(sum(map(len, parts))), 0
    for part in parts:
        command[place : place + len(part)] = part
        place += len(part)
    return command
