"""The real ClickHouse engine in this process: one short-lived connection per request or session.

A fresh connection costs well under a millisecond, so that no setting of one request can leak
into the next. chdb-core-lite has no users, quotas or row policies: roles.py stands in for them.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chdb

SESSION_SECONDS = 60
CODE = re.compile(r"Code: (\d+)\.")


class EngineError(Exception):
    """An error of the engine with ClickHouse's own code."""

    def __init__(self, message: str, code: int | None = None) -> None:
        found = CODE.search(message)
        self.code = code or (int(found.group(1)) if found else 1002)
        if not found:
            message = f"Code: {self.code}. DB::Exception: {message}"
        super().__init__(message)


@dataclass(slots=True)
class Session:
    """A connection kept between the requests that name it."""

    connection: Any
    busy: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine gave: bytes in the asked format, and what it read."""

    body: bytes
    rows_read: int
    bytes_read: int


class Engine:
    """Owns the data directory. Raises EngineError when another process owns it already."""

    def __init__(self, path: Path, database: str) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = str(path)
        self._database = database
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        try:
            # The engine closes with its last connection, so this one stays open.
            self._keeper = chdb.connect(self._path)
            self._keeper.query(f"CREATE DATABASE IF NOT EXISTS {quote_name(database)}")
        except RuntimeError as error:
            raise EngineError(str(error)) from error
        listed = run(self._keeper, "SELECT lower(name) FROM system.table_functions", "CSV")
        self.table_functions = frozenset(listed.body.decode().replace('"', "").split())

    @contextmanager
    def connection(self, database: str = "") -> Iterator[Any]:
        """Lend a fresh connection that is closed afterwards."""
        connection = chdb.connect(self._path)
        try:
            use(connection, database or self._database)
            yield connection
        finally:
            connection.close()

    @contextmanager
    def session(self, name: str, seconds: int, database: str = "") -> Iterator[Any]:
        """Lend the connection of a session; error 373 while another request holds it."""
        self._end_old_sessions()
        with self._lock:
            if name not in self._sessions:
                self._sessions[name] = Session(chdb.connect(self._path))
                use(self._sessions[name].connection, self._database)
            session = self._sessions[name]
        if not session.busy.acquire(blocking=False):
            raise EngineError(f"Session {name} is locked by a concurrent client.", 373)
        try:
            if database:
                use(session.connection, database)
            yield session.connection
        finally:
            session.until = time.monotonic() + seconds
            session.busy.release()

    def close(self) -> None:
        """Close what is kept open; the engine ends with its last connection."""
        with self._lock:
            for session in self._sessions.values():
                session.connection.close()
            self._sessions.clear()
        self._keeper.close()

    def _end_old_sessions(self) -> None:
        now = time.monotonic()
        with self._lock:
            for name, session in list(self._sessions.items()):
                if session.until and session.until < now and not session.busy.locked():
                    self._sessions.pop(name).connection.close()


def use(connection: Any, database: str) -> None:
    """Select the database that unqualified names mean."""
    run(connection, f"USE {quote_name(database)}", "Null")


def apply_settings(connection: Any, settings: Mapping[str, str]) -> None:
    """Set each setting for what follows on this connection, in one statement."""
    for name in settings:
        if not re.fullmatch(r"\w+", name, re.ASCII):
            raise EngineError(f"Unknown setting {name[:50]!r}", 115)
    if settings:
        pairs = (f"{name} = {quote_text(value)}" for name, value in settings.items())
        run(connection, f"SET {', '.join(pairs)}", "Null")


@contextmanager
def lent_settings(connection: Any, settings: Mapping[str, str]) -> Iterator[None]:
    """Set what a request brings, and give a kept session back what it had."""
    had = {}
    if settings:
        names = ", ".join(quote_text(name) for name in settings)
        sql = f"SELECT name, value FROM system.settings WHERE name IN ({names})"  # noqa: S608
        rows = run(connection, sql, "JSONCompactEachRow").body.splitlines()
        had = dict(json.loads(row) for row in rows)
    apply_settings(connection, settings)
    try:
        yield
    finally:
        apply_settings(connection, had)


def run(connection: Any, sql: str, output_format: str) -> Answer:
    """Run one statement. Raises EngineError with ClickHouse's code."""
    try:
        result = connection.query(sql, output_format)
    except RuntimeError as error:
        raise EngineError(str(error)) from error
    return Answer(bytes(result.bytes() or b""), result.rows_read(), result.bytes_read())


def quote_text(value: str) -> str:
    """Return an SQL string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def quote_name(name: str) -> str:
    """Return an SQL identifier. Raises EngineError for a name that is none."""
    if not re.fullmatch(r"\w+", name, re.ASCII):
        raise EngineError(f"Database {name[:50]!r} does not exist", 81)
    return f"`{name}`"
