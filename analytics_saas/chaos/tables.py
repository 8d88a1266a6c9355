"""Asks a rig's engine, past every proxy, in its own interface."""

import base64
import urllib.error
import urllib.parse
import urllib.request
from array import array

from analytics_saas.chaos.rig import Rig

PATIENCE_SECONDS = 300


def ask(rig: Rig, sql: str, form: str = "TabSeparatedRaw") -> bytes:
    """Return the engine's answer. Raises URLError, or ValueError for what it refuses."""
    query = urllib.parse.urlencode({"database": "daysalt", "default_format": form})
    url = f"http://127.0.0.1:{rig.env.clickhouse_port}/?{query}"
    login = f"writer:{rig.env.clickhouse_writer_password}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
    request = urllib.request.Request(url, sql.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise ValueError(f"{sql.strip()}: {error.read().decode()}") from error


def rows(rig: Rig, sql: str) -> list[list[str]]:
    """Return an answer as rows of texts."""
    return [line.split("\t") for line in ask(rig, sql).decode().splitlines()]


def numbers(rig: Rig, sql: str) -> "array[int]":
    """Return an answer of one column of UInt64."""
    found = array("Q")
    found.frombytes(ask(rig, sql, "RowBinary"))
    return found


def stored_events(rig: Rig) -> int:
    """Count the rows of `events`."""
    return numbers(rig, "SELECT count() FROM events")[0]
