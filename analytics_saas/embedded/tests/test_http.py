"""Broken, odd and hostile HTTP: one clear answer with ClickHouse's code, and never a hang."""

import gzip
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import lz4.frame
import pytest
import zstandard

from analytics_saas.embedded.front import Front
from analytics_saas.embedded.roles import Secrets
from analytics_saas.embedded.tests.conversation import ask, post, say

pytestmark = pytest.mark.usefixtures("clickhouse_server")

CHUNKED = {"Transfer-Encoding": "chunked"}
# Workers of the tests must agree on every name, so no time is packed in.
PACKED = gzip.compress(b"SELECT 1" + b" " * 5_000, mtime=0)

BROKEN = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\xff\xfe hello\r\n\r\n",
    "a line without end": b"A" * 70_000,
    "a bad version": b"GET / HTTP/9.9\r\n\r\n",
    "a header without colon": b"GET /?query=SELECT+1 HTTP/1.1\r\nnonsense\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    "no length": post({"Content-Length": "abc"}),
    "a negative length": post({"Content-Length": "-1"}, b"SELECT 1"),
    "a huge length": post({"Content-Length": "99999999999"}, b"SELECT 1"),
    "an endless length": post({"Content-Length": "9" * 400}, b"SELECT 1"),
    "a length with a sign": post({"Content-Length": "+8"}, b"SELECT 1"),
    "more length than body": post({"Content-Length": "100"}, b"SELECT 1"),
    "a chunk size in words": post(CHUNKED, b"eight\r\nSELECT 1\r\n0\r\n\r\n"),
    "a negative chunk": post(CHUNKED, b"-8\r\nSELECT 1\r\n0\r\n\r\n"),
    "a short chunk": post(CHUNKED, b"ff\r\nSELECT 1"),
    "a long chunk": post(CHUNKED, b"4\r\nSELECT 1\r\n0\r\n\r\n"),
    "chunks without end": post(CHUNKED, b"8\r\nSELECT 1\r\n"),
    "a huge chunk": post(CHUNKED, b"ffffffff\r\nSELECT 1\r\n"),
    "broken gzip": post({"Content-Length": "8", "Content-Encoding": "gzip"}, b"SELECT 1"),
    "an unknown packing": post({"Content-Length": "8", "Content-Encoding": "rot13"}, b"FRYRPG 1"),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_it_answers_broken_requests_once_and_clearly(raw):
    """One error in ClickHouse's words; what follows on the connection is not believed."""
    answer = say(raw)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505")), answer
    assert b"X-ClickHouse-Exception-Code: " in head
    assert body.startswith(b"Code: ") and b"DB::Exception: " in body
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Traceback" not in body and b"<" not in body


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", PACKED[:-9]),
        ("deflate", zlib.compress(b"SELECT 1")[:-2]),
        ("zstd", zstandard.compress(b"SELECT 1" * 100)[:-3]),
        ("br", b"SELECT 1"),
        ("lz4", b"SELECT 1"),
        ("lz4", lz4.frame.compress(b"SELECT") + lz4.frame.compress(b" 1")[:-3]),
        ("zstd", zstandard.compress(b"SELECT") + zstandard.compress(b" 1")[:-3]),
    ],
)
def test_it_refuses_a_body_that_cannot_be_unpacked(encoding, body):
    """A cut body is not a shorter one."""
    reply = ask(body, headers={"Content-Encoding": encoding})
    assert (reply.status, reply.code) == (400, "354")


@pytest.mark.parametrize("compress", [lz4.frame.compress, zstandard.compress, gzip.compress])
def test_it_unpacks_every_frame_of_a_body(compress):
    """Clients compress each block of an insert by itself: all but the first would be lost."""
    encoding = {gzip.compress: "gzip", zstandard.compress: "zstd"}.get(compress, "lz4")
    body = b"".join(compress(part) for part in (b"SEL", b"ECT", b" 1"))
    reply = ask(body, headers={"Content-Encoding": encoding})
    assert (reply.status, reply.body) == (200, b"1\n")


def test_it_reads_chunks_with_extensions_and_trailers():
    """Chunked bodies arrive whole, and the connection goes on."""
    body = b"4;name=value\r\nSELE\r\n5\r\nCT 42\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n"
    answer = say(post(CHUNKED, body) + post({"Content-Length": "9"}, b"SELECT 43"))
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"\r\n\r\n42\n" in answer and b"\r\n\r\n43\n" in answer


def test_it_gives_up_a_body_that_stops_arriving():
    """A client that says more than it sends, and stays, is answered all the same."""
    front = Front(0, None, Secrets({"writer": "w"}), None)
    front.body_seconds = 0.2
    threading.Thread(target=front.serve_forever, daemon=True).start()
    with socket.create_connection(front.server_address, 10) as peer:
        peer.sendall(b"POST /?user=writer&password=w HTTP/1.1\r\nContent-Length: 9\r\n\r\nSELECT")
        started = time.monotonic()
        answer = b"".join(iter(lambda: peer.recv(65_536), b""))
    assert time.monotonic() - started < 5
    assert b"X-ClickHouse-Exception-Code: 23" in answer
    front.shutdown()
    front.server_close()


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_it_names_the_methods_it_knows(method):
    """Others get 405; HEAD without a body."""
    reply = ask(b"SELECT 1", method=method)
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "48", "GET, POST")
    assert reply.body == (b"" if method == "HEAD" else b"Code: 48. DB::Exception: Use GET or POST.")


WRONG = [
    ("SELECT 1", {"session_id": "s", "session_timeout": "abc"}, 400, "374"),
    ("SELECT 1", {"session_id": "s", "session_timeout": "-5"}, 400, "374"),
    ("SELECT 1", {"session_id": "s", "session_timeout": "99999999"}, 400, "374"),
    ("SELECT 1", {"database": "nope"}, 404, "81"),
    ("SELECT 1", {"database": "no pe`"}, 404, "81"),
    ("SELECT 1", {"database": "nope", "session_id": "t"}, 404, "81"),
    ("SELECT 1", {"password": "wrong"}, 403, "516"),
    ("SELECT 1", {"user": "nobody"}, 403, "516"),
    ("SELECT 1", {"user": "", "password": ""}, 403, "516"),
    ("SELECT 1", {"no_such_setting": "1"}, 400, "115"),
    ("SELECT 1", {"no such": "1"}, 400, "115"),
    ("SELECT 1", {"max_threads": "many"}, 400, "27"),
    ("SELECT 1", {"default_format": "Nope"}, 404, "73"),
    ("SELECT 1", {"default_format": "a'b"}, 404, "73"),
    ("", {}, 400, "62"),
    ("-- nothing", {}, 400, "62"),
    ("SELECT 1; SELECT 2", {}, 400, "62"),
    (b"SELECT '\xff\xfe'", {}, 400, "62"),
    ("SELECT {x:String}", {}, 400, "456"),
    ("SELECT {x:UInt8}", {"param_x": "many"}, 400, "457"),
]


@pytest.mark.parametrize(("sql", "parameters", "status", "code"), WRONG)
def test_it_refuses_with_clickhouses_code(sql, parameters, status, code):
    """Each mistake has ClickHouse's own number."""
    reply = ask(sql, **parameters)
    assert (reply.code, reply.status) == (code, status), reply.body
    assert reply.body.startswith(b"Code: " + code.encode())


def test_it_refuses_a_parameter_that_is_not_utf8():
    """Bytes that no text holds are not replaced by others."""
    raw = post({"Content-Length": "0"}).replace(b"database=daysalt", b"query=SELECT+'%ff'")
    assert b"X-ClickHouse-Exception-Code: 62" in say(raw)


def test_it_takes_a_long_query():
    """A third of a megabyte of rows in the statement; a URL of that length is refused."""
    ask("CREATE OR REPLACE TABLE long (a UInt32) ENGINE = MergeTree ORDER BY a")
    rows = ",".join(f"({n})" for n in range(50_000))
    assert len(rows) > 300_000
    assert ask(f"INSERT INTO long VALUES {rows}").status == 200
    assert ask("SELECT count() FROM long").body == b"50000\n"
    wide = "SELECT length([" + "1," * 150_000 + "1])"
    # As a server's: a statement may have 256 KiB before its rows.
    assert ask(wide).code == "62"
    assert ask(wide, max_query_size="1000000").body == b"150001\n"
    assert ask(query=wide).status == 414


def test_it_serves_eight_readers_and_a_writer():
    """Nobody waits for long, and every number is a whole insert."""
    ask("CREATE OR REPLACE TABLE crowd (a UInt32) ENGINE = MergeTree ORDER BY a")

    def read(_):
        replies = [ask("SELECT count() FROM crowd", role="reader") for _ in range(25)]
        return {(reply.status, int(reply.body) % 10) for reply in replies}

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read, number) for number in range(8)]
        for _ in range(25):
            assert ask("INSERT INTO crowd SELECT number FROM numbers(10)").status == 200
        assert all(reader.result() == {(200, 0)} for reader in readers)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", b"does not end"),
        (b'--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nx\r\n--b--\r\n', b"only"),
        (b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n\xff\r\n--b--', b"UTF-8"),
        (b'--b\r\n; name="query"; filename="x"\r\n\r\nSELECT 1\r\n--b--', b"only"),
    ],
)
def test_a_form_carries_a_query_and_its_parameters_only(body, says):
    """Anything else in it, such as another user, is refused."""
    reply = ask(body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert (reply.status, reply.code) == (400, "23")
    assert says in reply.body
