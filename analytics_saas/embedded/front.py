"""ClickHouse's HTTP interface in front of the embedded engine: loopback only, two roles.

`python -m analytics_saas.embedded.front --path DIR --port N` is what `make up` runs.
"""

import argparse
import base64
import binascii
import http
import logging
import os
import re
import signal
import sys
import tempfile
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from analytics_saas.embedded.bodies import form_fields, pack, receive, unpack
from analytics_saas.embedded.engine import (
    SESSION_SECONDS,
    Answer,
    Engine,
    EngineError,
    apply_settings,
    lent_settings,
    quote_text,
    run,
)
from analytics_saas.embedded.roles import Secrets, allow, reader_settings
from analytics_saas.embedded.statements import Statement, read
from analytics_saas.failpoints import reach

log = logging.getLogger(__name__)

MOST_SESSION_SECONDS = 3_600
# Parameters that belong to the interface, not to the engine.
OWN_PARAMETERS = {
    "query", "database", "user", "password", "default_format", "session_id", "session_timeout",
    "session_check", "query_id", "quota_key", "compress", "decompress", "enable_http_compression",
    "http_zlib_compression_level", "wait_end_of_query", "send_progress_in_http_headers",
    "http_headers_progress_interval_ms", "cancel_http_readonly_queries_on_client_close",
    "client_protocol_version", "buffer_size", "role",
}  # fmt: skip
ALLOWED = "GET, POST"
STATUS = {516: 403, 497: 403, 164: 403, 60: 404, 81: 404, 46: 404, 47: 400, 62: 400, 373: 423}
STATUS |= {115: 400, 48: 400, 354: 400, 36: 400, 43: 400, 42: 400, 53: 400, 6: 400, 27: 400}
STATUS |= {23: 400, 307: 413, 374: 400, 73: 404, 117: 400, 456: 400, 457: 400}


class Front(ThreadingHTTPServer):
    """The listening server: a thread per kept connection, one engine for all."""

    daemon_threads = True
    request_queue_size = 128
    # A body that stops arriving for so long is given up.
    body_seconds: float = 60

    def __init__(self, port: int, engine: Engine, secrets: Secrets, spool: Path) -> None:
        self.engine, self.secrets, self.spool = engine, secrets, spool
        super().__init__(("127.0.0.1", port), Conversation)


class Conversation(BaseHTTPRequestHandler):
    """One kept connection: reads requests, writes each answer in one piece."""

    protocol_version = "HTTP/1.1"
    server_version = "ClickHouse"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 600
    unread = False
    server: Front

    def do_GET(self) -> None:
        """Answer a ping, or a query that changes nothing."""
        if urlsplit(self.path).path == "/ping":
            self._send(200, b"Ok.\n")
        else:
            self._answer(may_change=False)

    def do_POST(self) -> None:
        """Answer a query or an insert."""
        self._answer(may_change=True)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Keep quiet: every report would be a line."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request of the interface; the rest of the connection is unknown."""
        self.close_connection = True
        # After a broken first line the base class would leave the headers out.
        self.request_version = "HTTP/1.1"
        if code == 501:
            self._send(405, b"Code: 48. DB::Exception: Use GET or POST.", {"Allow": ALLOWED}, 48)
            return
        words = message or http.HTTPStatus(code).phrase
        self._send(code, f"Code: 48. DB::Exception: HTTP: {words}".encode(), {}, 48)

    def _answer(self, may_change: bool) -> None:
        try:
            given = self._given()
            role = self.server.secrets.check(*self._credentials(given))
            body = self._body()
            form = form_fields(body, self.headers.get("Content-Type", ""))
            if form is not None:
                given, body = given | form, b""
            statement = read(given.get("query", "").encode(), body)
            answer, chosen = self._run(role, given, statement, may_change)
        except EngineError as error:
            self._send(STATUS.get(error.code, 500), str(error).encode(), {}, error.code)
            return
        except OSError as error:
            self._send(500, f"Code: 243. DB::Exception: Cannot write: {error}".encode(), {}, 243)
            return
        except Exception as error:
            log.exception("a request failed")
            self._send(500, f"Code: 1002. DB::Exception: {type(error).__name__}".encode(), {}, 1002)
            return
        packed, encoding = answer.body, ""
        if given.get("enable_http_compression") == "1":
            packed, encoding = pack(answer.body, self.headers.get("Accept-Encoding", ""))
        self._send(200, packed, self._facts(given, answer, chosen, encoding))

    def _given(self) -> dict[str, str]:
        # Until the body has been read, the next request has no known beginning.
        self.unread = True
        try:
            pairs = parse_qsl(urlsplit(self.path).query, keep_blank_values=True, errors="strict")
        except ValueError:
            raise EngineError("A parameter of the URL is not UTF-8.", 62) from None
        return dict(pairs)

    def _body(self) -> bytes:
        self.connection.settimeout(self.server.body_seconds)
        body = receive(self.rfile, self.headers)
        self.connection.settimeout(self.timeout)
        self.unread = False
        return unpack(body, self.headers.get("Content-Encoding", ""))

    def _run(
        self, role: str, given: dict[str, str], statement: Statement, may_change: bool
    ) -> tuple[Answer, str]:
        engine, database = self.server.engine, given.get("database", "")
        allow(role, statement.tokens, database, engine.table_functions)
        settings = {
            k: v for k, v in given.items() if k not in OWN_PARAMETERS and not k.startswith("param_")
        }
        if role == "reader" or not may_change:
            settings = reader_settings(settings)
        parameters = {k: v for k, v in given.items() if k.startswith("param_")}
        name = given.get("session_id", "")
        # A reader keeps no state: a session could not leave read-only mode again.
        if name and role != "reader" and may_change:
            seconds = session_seconds(given.get("session_timeout", ""))
            with engine.session(f"{role}/{name}", seconds, database) as connection:
                apply_settings(connection, parameters)
                with lent_settings(connection, settings):
                    return self._execute(connection, statement, given)
        with engine.connection(database) as connection:
            apply_settings(connection, parameters | settings)
            return self._execute(connection, statement, given)

    def _execute(
        self, connection: Any, statement: Statement, given: dict[str, str]
    ) -> tuple[Answer, str]:
        if statement.target:
            return self._insert(connection, statement), "TabSeparated"
        asked = self.headers.get("X-ClickHouse-Format") or given.get("default_format")
        chosen = statement.format or asked or "TabSeparated"
        if not re.fullmatch(r"\w+", chosen, re.ASCII):
            raise EngineError(f"Unknown format {chosen[:50]!r}", 73)
        return run(connection, statement.sql, chosen), chosen

    def _insert(self, connection: Any, statement: Statement) -> Answer:
        # The engine takes statements as text; a file carries any bytes, and the token still holds.
        with tempfile.NamedTemporaryFile(dir=self.server.spool) as file:
            file.write(statement.data)
            file.flush()
            source = f"FROM INFILE {quote_text(file.name)} {statement.settings}"
            sql = f"{statement.target} {source} FORMAT {statement.format}"
            if statement.table != "events":
                return run(connection, sql, "Null")
            reach("executing")
            answer = run(connection, sql, "Null")
            reach("executed")
            return answer

    def _credentials(self, given: dict[str, str]) -> tuple[str, str]:
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(encoded).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise EngineError("The Authorization header cannot be read.", 516) from None
            return user, password
        user = self.headers.get("X-ClickHouse-User") or given.get("user", "")
        return user, self.headers.get("X-ClickHouse-Key") or given.get("password", "")

    def _facts(
        self, given: dict[str, str], answer: Answer, chosen: str, encoding: str
    ) -> dict[str, str]:
        read = f'"read_rows":"{answer.rows_read}","read_bytes":"{answer.bytes_read}"'
        facts = {
            "X-ClickHouse-Summary": f'{{{read},"written_rows":"0","written_bytes":"0"}}',
            "X-ClickHouse-Query-Id": given.get("query_id") or str(uuid.uuid4()),
            "X-ClickHouse-Server-Display-Name": "daysalt",
            "X-ClickHouse-Format": chosen,
            "X-ClickHouse-Timezone": "UTC",
        }
        return facts | ({"Content-Encoding": encoding} if encoding else {})

    def _send(
        self, status: int, body: bytes, facts: dict[str, str] | None = None, code: int = 0
    ) -> None:
        self.close_connection = self.close_connection or self.unread
        try:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in (facts or {}).items():
                self.send_header(name, value.replace("\r", "").replace("\n", ""))
            if code:
                self.send_header("X-ClickHouse-Exception-Code", str(code))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True


def session_seconds(asked: str) -> int:
    """Return how long a session is kept. Raises EngineError 374 for what is no such time."""
    if not asked:
        return SESSION_SECONDS
    if not re.fullmatch(r"\d{1,9}", asked, re.ASCII) or int(asked) > MOST_SESSION_SECONDS:
        message = f"session_timeout {asked[:20]!r} is not within 0 and {MOST_SESSION_SECONDS}."
        raise EngineError(message, 374)
    return int(asked)


def serve(path: Path, port: int, secrets: Secrets, database: str = "daysalt") -> Front:
    """Open the engine and listen; the caller runs serve_forever(). Port 0 takes a free one."""
    engine = Engine(path, database)
    spool = path.parent / f"{path.name}.spool"
    spool.mkdir(mode=0o700, exist_ok=True)
    for left in spool.iterdir():
        left.unlink()
    return Front(port, engine, secrets, spool)


def main() -> None:
    """Serve until SIGTERM; one sentence and exit 1 when that cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8124)
    parser.add_argument("--database", default="daysalt")
    options = parser.parse_args()
    roles = ("writer", "reader")
    passwords = {r: os.environ.get(f"CLICKHOUSE_{r.upper()}_PASSWORD", "") for r in roles}
    if not all(passwords.values()):
        sys.exit(
            "clickhouse: CLICKHOUSE_WRITER_PASSWORD and CLICKHOUSE_READER_PASSWORD must be set"
        )
    try:
        front = serve(options.path.resolve(), options.port, Secrets(passwords), options.database)
    except EngineError as error:
        sys.exit(f"clickhouse: {options.path} cannot be opened: {error}")
    except OSError as error:
        sys.exit(f"clickhouse: cannot listen on port {options.port} or write: {error}")
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=front.shutdown).start())
    signal.signal(signal.SIGINT, signal.getsignal(signal.SIGTERM))
    print("ready", flush=True)
    front.serve_forever()
    front.server_close()
    front.engine.close()
    # Threads of kept connections still wait for their clients; nothing is left to do for them.
    os._exit(0)


if __name__ == "__main__":
    main()
