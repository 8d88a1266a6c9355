"""What is said over the wire to the cache leaves no copies."""

import socket

import pytest
import redis

from analytics_saas import redis as stores
from collector.salts.wire import Wire, wire


def test_every_kind_of_reply_is_read():
    """Also one that comes in pieces, and none."""
    with wire() as line:
        assert bytes(line.ask(b"SET", b"wire", b"\r\n$5\r\n\0")) == b"OK"
        assert bytes(line.ask(b"GET", b"wire")) == b"\r\n$5\r\n\0"
        assert bytes(line.ask(b"DEL", b"wire")) == b"1"
        assert line.ask(b"GET", b"wire") is None
        with pytest.raises(redis.ResponseError, match="wrong number of arguments"):
            line.ask(b"GET")


def test_a_reply_may_come_in_pieces():
    """As the network likes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for piece in (b"$", b"5\r", b"\nhel"):
            theirs.sendall(piece)
        theirs.sendall(b"lo\r\n")
        assert bytes(Wire(ours).ask(b"GET", b"a")) == b"hello"


def test_a_reply_that_is_too_long_or_ends_early_is_an_error():
    """Never a loop, never half a salt."""
    for said in (b"$9999\r\n" + b"x" * 9000, b"$9\r\nhalf"):
        ours, theirs = socket.socketpair()
        with ours:
            theirs.sendall(said)
            theirs.close()
            with pytest.raises(redis.ConnectionError):
                Wire(ours).ask(b"GET", b"a")


def test_nothing_is_left_in_the_buffer():
    """Once the connection is given up."""
    with wire() as line:
        line.ask(b"SET", b"wire", b"secret", b"PX", b"9")
        reply = line.ask(b"GET", b"wire")
        assert bytes(reply) == b"secret"
    assert b"secret" not in line._buffer
    assert stores.cache().ping()
