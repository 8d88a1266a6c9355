"""The collector's gunicorn worker: uvicorn, with an end to heads that are too long or too slow.

uvicorn takes a head of any size, waits for it for ever, and keeps the trailers of a body.
"""

import asyncio
import gc
from collections import deque
from typing import Any

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn_worker import UvicornWorker

# The application refuses half of it with a better message; this is for what never ends.
MOST_HEAD_BYTES = 64_000
ARRIVAL_SECONDS = 20.0
SWEEP_SECONDS = 1.0
# What is under way when the server stops has so long to be answered: an append that waits for a
# stalled queue goes to the spool sooner.
FINISH_SECONDS = 5
RETRY_SECONDS = 1
# Requests leave next to no cycles behind: looking for them seldom halves the slowest answers.
CYCLES = (10_000, 20, 100)

MALFORMED = (
    "This is not a request by HTTP/1.1: look at its first line, its headers, and the length or the "
    "chunks of its body."
)
STOPPING = "This server is about to stop; send it again."
REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
_sweepers: set[asyncio.AbstractEventLoop] = set()


class Protocol(HttpToolsProtocol):
    """One connection. `waiting_since` is when the request that is arriving began, 0 = none is."""

    waiting_since = 0.0
    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.waiting_since = self.loop.time()
        if self.loop not in _sweepers:
            _sweepers.add(self.loop)
            self.loop.call_later(SWEEP_SECONDS, _sweep, self.loop, self.connections)

    def data_received(self, data: bytes) -> None:
        """Read on, as far as the limits of a head go."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # There is nothing to upgrade to: the request is answered as if it had not asked.
            self.waiting_since = 0.0
        except httptools.HttpParserError:
            if not self._is_head_too_large(data):
                self.refuse(400, "malformed_request", MALFORMED)
        else:
            self._is_head_too_large(data)

    def _is_head_too_large(self, data: bytes) -> bool:
        """Count what has come of a head, and refuse it beyond the limit."""
        if not self._in_head:
            return False
        self._head_bytes += len(data)
        if self._head_bytes <= MOST_HEAD_BYTES:
            return False
        text = f"Address and headers may have at most {MOST_HEAD_BYTES} bytes; shorten them."
        self.refuse(431, "headers_too_large", text)
        return True

    def on_message_begin(self) -> None:
        """Begin a request. Line ends alone are none, and do not keep a connection."""
        self._unset_keepalive_if_required()
        super().on_message_begin()
        self.waiting_since = self.loop.time()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Hand the request over; what follows as trailers is dropped."""
        super().on_headers_complete()
        self._in_head = False
        self.headers = deque(maxlen=0)  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        """Have a whole request."""
        self.waiting_since = 0.0
        super().on_message_complete()

    def shutdown(self) -> None:
        """Begin to end: what is here is still answered, what is only arriving is refused."""
        is_arriving = self.waiting_since > 0.0 and (self._head_bytes or not self._in_head)
        # Answers keep their order: an earlier request on this connection has the first word.
        if is_arriving and not self.pipeline and (not self._in_head or not self._is_under_way()):
            self.refuse(503, "stopping", STOPPING)
        else:
            super().shutdown()

    def _is_under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer in the application's place, and end the connection."""
        if self.transport.is_closing():
            return
        error = {"code": code, "message": message, "field": None}
        body = msgspec.json.encode({"error": error})
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\n"
        head += "access-control-allow-origin: *\r\n"
        if status == 503:
            head += f"retry-after: {RETRY_SECONDS}\r\n"
        head += f"connection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        self.waiting_since = 0.0
        # What has been answered already is only ended.
        if self._in_head or not self.cycle.response_started:
            self.transport.write(head.encode() + body)
        self.transport.close()


def _sweep(loop: asyncio.AbstractEventLoop, connections: Any) -> None:
    """End the connections whose request has been arriving for too long."""
    oldest = loop.time() - ARRIVAL_SECONDS
    for connection in list(connections):
        if 0.0 < connection.waiting_since < oldest:
            text = f"A request must arrive within {ARRIVAL_SECONDS:.0f} seconds; send it at once."
            connection.refuse(408, "too_slow", text)
    loop.call_later(SWEEP_SECONDS, _sweep, loop, connections)


class CollectorWorker(UvicornWorker):  # type: ignore[misc] # has no types
    """What gunicorn starts: HTTP alone, on uvloop. The application reads a proxy's headers."""

    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "proxy_headers": False,
        "timeout_graceful_shutdown": FINISH_SECONDS,
    }

    def run(self) -> None:
        """Serve; all that was loaded stays for good, so the collector of cycles leaves it out."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*CYCLES)
        super().run()
