"""What the collector's server does with heads that never end and requests that never come."""

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
import uvicorn

from analytics_saas import worker
from analytics_saas.worker import CollectorWorker, Protocol

HEAD = b"POST /x HTTP/1.1\r\nhost: x\r\n"


async def echo(scope, receive, send):
    """Answer with the number of headers and the body."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if (b"x-wait", b"1") in scope["headers"]:
        await asyncio.sleep(0.3)
    text = b"%d %s" % (len(scope["headers"]), body)
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@contextmanager
def serving(**settings):
    """Run a server with our protocol in a thread; give its port and itself."""
    settings |= {"ws": "none", "lifespan": "off", "log_level": "critical"}
    config = uvicorn.Config(echo, http=Protocol, **settings)
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1], server
    server.should_exit = True
    thread.join(5)


@contextmanager
def served(**settings):
    """The same; give its port alone."""
    with serving(**settings) as (port, _):
        yield port


@pytest.fixture(scope="module")
def patient():
    """A server as it is."""
    with served() as port:
        yield port


def exchange(port, *parts):
    """Send bytes; return all that comes back until the server ends or has nothing to say."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        # A server that refuses may be gone before all is sent; what it said can still be read.
        with suppress(OSError):
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65_536):
                answer += part
        return answer


def error_of(answer):
    """Status and error of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["error"]


def test_gunicorn_starts_it_with_our_protocol():
    """Neither another loop nor web sockets."""
    assert CollectorWorker.CONFIG_KWARGS["http"] is Protocol
    assert CollectorWorker.CONFIG_KWARGS["ws"] == "none"


def test_a_request_is_answered_as_ever(patient):
    """One after the other on one connection."""
    body = HEAD + b"content-length: 2\r\n\r\nok"
    with socket.create_connection(("127.0.0.1", patient), 5) as connection:
        for _ in range(3):
            connection.sendall(body)
            answer = b""
            while not answer.endswith(b"\r\n\r\n2 ok"):
                answer += connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "parts", [[b"x: " + b"y" * 100_000], [b"x: y\r\n" * 20_000], [b"x: " + b"y" * 40_000] * 3]
)
def test_a_head_that_is_too_long_is_refused(patient, parts):
    """Before it has ended, with its limit."""
    status, error = error_of(exchange(patient, HEAD, *parts))
    assert (status, error["code"]) == (431, "headers_too_large")
    assert "64000" in error["message"]


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02", b"GET / HTTP/9.9\r\n\r\n", HEAD + b"no colon\r\n\r\n"]
)
def test_what_is_no_request_is_told_so(patient, garbage):
    """In the shape of every other error."""
    status, error = error_of(exchange(patient, garbage))
    assert (status, error["code"], error["field"]) == (400, "malformed_request", None)


def test_trailers_of_a_body_are_not_kept(patient):
    """They could be without end."""
    chunked = HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
    assert exchange(patient, chunked, b"x: y\r\n" * 5_000, b"\r\n").endswith(b"3 ok")


def test_nothing_is_upgraded(patient):
    """The request is answered as if it had not asked."""
    asked = b"GET /x HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: x\r\n\r\n"
    assert exchange(patient, asked).endswith(b"3 ")


@pytest.mark.parametrize(
    "start", [b"", b"POST /x HT", HEAD, HEAD + b"content-length: 9\r\n\r\nhalf"]
)
def test_a_request_that_does_not_arrive_is_ended(monkeypatch, start):
    """Whether it never began, or stopped in its head or in its body."""
    monkeypatch.setattr(worker, "ARRIVAL_SECONDS", 0.1)
    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0.02)
    with served() as port, socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(start)
        status, error = error_of(connection.recv(65_536))
        assert (status, error["code"]) == (408, "too_slow")
        assert connection.recv(1) == b""


def test_line_ends_do_not_keep_a_connection():
    """After an answer they are no request, and nothing would ever end the wait for one."""
    config = {"timeout_keep_alive": 0.3}
    with served(**config) as port, socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(HEAD + b"content-length: 2\r\n\r\nok")
        answer = b""
        while not answer.endswith(b"2 ok"):
            answer += connection.recv(65_536)
        connection.sendall(b"\r\n")
        connection.settimeout(5)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("start", [b"POST /x HT", HEAD + b"content-length: 9\r\n\r\nhalf"])
def test_what_is_only_arriving_when_the_server_stops_is_refused(start):
    """With a time to come back; nobody waits for the rest of it."""
    with (
        serving() as (port, server),
        socket.create_connection(("127.0.0.1", port), 5) as connection,
    ):
        connection.sendall(start)
        time.sleep(0.1)
        server.should_exit = True
        answer = connection.recv(65_536)
        status, error = error_of(answer)
        assert (status, error["code"]) == (503, "stopping")
        assert b"retry-after: 1\r\n" in answer
        assert connection.recv(1) == b""


def test_an_idle_connection_is_closed_when_the_server_stops():
    """Without a word, whether it has been used or not."""
    with (
        serving() as (port, server),
        socket.create_connection(("127.0.0.1", port), 5) as fresh,
        socket.create_connection(("127.0.0.1", port), 5) as used,
    ):
        used.sendall(HEAD + b"content-length: 2\r\n\r\nok")
        answer = b""
        while not answer.endswith(b"2 ok"):
            answer += used.recv(65_536)
        server.should_exit = True
        assert (fresh.recv(1), used.recv(1)) == (b"", b"")


def test_answers_keep_their_order_when_the_server_stops():
    """The next request arrives already while the first one is waited for."""
    slow = HEAD + b"x-wait: 1\r\ncontent-length: 2\r\n\r\nok"
    with (
        serving() as (port, server),
        socket.create_connection(("127.0.0.1", port), 5) as connection,
    ):
        connection.sendall(slow + HEAD + b"content-length: 9\r\n\r\nhalf")
        time.sleep(0.1)
        server.should_exit = True
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
