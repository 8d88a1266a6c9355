"""Speaks to the front below the driver: raw bytes, and plain requests."""

import http.client
import socket
import urllib.parse
from dataclasses import dataclass

from analytics_saas.env import env


@dataclass(frozen=True)
class Reply:
    """One answer; `code` is ClickHouse's, or None."""

    status: int
    code: str | None
    body: bytes
    headers: http.client.HTTPMessage


PASSWORDS = {"writer": env.clickhouse_writer_password, "reader": env.clickhouse_reader_password}


def address(role="writer", **parameters):
    """Return the path of a request of this role."""
    asked = {"user": role, "password": PASSWORDS[role], "database": "daysalt"} | parameters
    return "/?" + urllib.parse.urlencode(asked)


def ask(sql=b"", role="writer", method="POST", headers=None, **parameters):
    """Send one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", env.clickhouse_port, timeout=20)
    body = sql if isinstance(sql, bytes) else sql.encode()
    connection.request(method, address(role, **parameters), body=body, headers=headers or {})
    answer = connection.getresponse()
    reply = Reply(
        answer.status,
        answer.getheader("X-ClickHouse-Exception-Code"),
        answer.read(),
        answer.headers,
    )
    connection.close()
    return reply


def say(raw, port=None):
    """Send raw bytes, close our side, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port or env.clickhouse_port), 20) as peer:
        peer.sendall(raw)
        peer.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: peer.recv(65_536), b""))


def post(headers, body=b"", role="writer"):
    """Return the bytes of a POST with exactly these headers."""
    head = f"POST {address(role)} HTTP/1.1\r\nHost: x\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (head + lines + "\r\n").encode() + body
