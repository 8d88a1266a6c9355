"""The embedded front against the driver the product uses."""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from analytics_saas import clickhouse
from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import free_port, running
from analytics_saas.env import env

pytestmark = pytest.mark.usefixtures("clickhouse_server")

TABLE = """CREATE OR REPLACE TABLE {name} (a UInt32, d Date, s LowCardinality(String))
ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY a
SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1"""


@pytest.fixture
def writer():
    """A fresh writer client."""
    return clickhouse_connect.get_client(dsn=env.clickhouse_url)


def test_it_carries_inserts_queries_and_parameters(writer):
    """Values of every kind come back as they went in."""
    writer.command(TABLE.format(name="basics"))
    import datetime

    day = datetime.date(2026, 1, 1)
    writer.insert("basics", [[1, day, "it's"], [2, day, "b\n\t\\"]], column_names=["a", "d", "s"])
    asked = {"text": "it's", "least": 1}
    sql = "SELECT s FROM basics WHERE s = {text:String} AND a >= {least:UInt32}"
    assert clickhouse.reader().query(sql, parameters=asked).result_rows == [("it's",)]
    odd = "b\n\t\\"
    assert writer.query("SELECT {x:String}", parameters={"x": odd}).result_rows == [(odd,)]


def test_it_carries_parameters_that_are_too_long_for_an_address():
    """The driver sends them as a form; the role stays the address's own."""
    long = ["é" * 2_000, "\\" * 2_000, "'\r\n\r\n--;" * 200]
    sql = "SELECT {long:Array(String)}, {one:UInt8}"
    asked = {"long": long, "one": 1}
    assert clickhouse.reader().query(sql, parameters=asked).result_rows == [(long, 1)]


@pytest.mark.parametrize("method", ["lz4", "zstd", "gzip"])
def test_it_carries_compressed_bodies_both_ways(method):
    """A large insert and a large answer survive each compression."""
    client = clickhouse_connect.get_client(dsn=env.clickhouse_url, compress=method)
    client.command(TABLE.format(name=f"packed_{method}"))
    import datetime

    day = datetime.date(2026, 1, 1)
    rows = [[n, day, f"row {n % 7}"] for n in range(20_000)]
    client.insert(f"packed_{method}", rows, column_names=["a", "d", "s"])
    answer = client.query(f"SELECT a FROM packed_{method} ORDER BY a")
    assert [row[0] for row in answer.result_rows] == list(range(20_000))


def test_it_stores_a_repeated_token_once_in_every_partition(writer):
    """The deduplication token works through the front, over two months at once."""
    writer.command(TABLE.format(name="tokens"))
    import datetime

    rows = [[n, datetime.date(2026, 1 + n % 2, 1), "x"] for n in range(50_000)]
    for _ in range(3):
        writer.insert(
            "tokens",
            rows,
            column_names=["a", "d", "s"],
            settings={"insert_deduplication_token": "t1", "insert_deduplicate": 1},
        )
    assert writer.command("SELECT count(), uniqExact(_part) FROM tokens") == ["50000", "2"]


def test_it_keeps_sessions_and_nothing_else(writer):
    """A temporary table lives in its session only."""
    mine = clickhouse_connect.get_client(dsn=env.clickhouse_url, session_id="mine")
    mine.command("CREATE TEMPORARY TABLE kept (a Int8)")
    mine.command("INSERT INTO kept VALUES (7)")
    assert mine.command("SELECT a FROM kept") == 7
    with pytest.raises(DatabaseError, match="60"):
        writer.command("SELECT a FROM kept")


def test_it_passes_settings_to_one_request_only(writer):
    """A setting of one request is gone in the next."""
    sql = "SELECT getSetting('max_threads')"
    assert writer.command(sql, settings={"max_threads": 1}) == 1
    assert writer.command(sql) != 1


def test_it_names_errors_by_code(writer):
    """Unknown names and bad syntax carry ClickHouse's codes."""
    for sql, code in {"SELECT nope": "47", "SELECT 1 +": "62", "SELECT * FROM nope": "60"}.items():
        with pytest.raises(DatabaseError, match=rf"code:? {code}|Code: {code}"):
            writer.command(sql)


def test_it_refuses_a_wrong_password():
    """Neither a wrong nor an empty password opens it."""
    for dsn in (f"http://writer:wrong@127.0.0.1:{env.clickhouse_port}/daysalt",):
        with pytest.raises(DatabaseError, match="516"):
            clickhouse_connect.get_client(dsn=dsn)


def test_the_reader_cannot_lift_its_caps():
    """Limits may be lowered, other settings not touched."""
    reader = clickhouse.reader()
    sql = "SELECT getSetting('max_execution_time')"
    assert float(reader.command(sql, settings={"max_execution_time": 5})) == 5
    assert float(reader.command(sql, settings={"max_execution_time": 5000})) == 30
    who = f"user=reader&password={env.clickhouse_reader_password}"
    url = f"http://127.0.0.1:{env.clickhouse_port}/?{who}&query=SELECT+1&allow_ddl=1"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(url)
    assert refusal.value.headers["X-ClickHouse-Exception-Code"] == "164"


def test_it_answers_readers_while_a_writer_writes(writer):
    """Four readers and a writer at once, each with its own client."""
    writer.command(TABLE.format(name="busy"))

    def read(n):
        client = clickhouse_connect.get_client(dsn=env.clickhouse_reader_url)
        return [client.command("SELECT count() FROM busy") % 10 for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(read, n) for n in range(4)]
        for _ in range(20):
            writer.command("INSERT INTO busy SELECT number, '2026-01-01', '' FROM numbers(10)")
        assert all(set(future.result()) == {0} for future in futures)
    assert writer.command("SELECT count() FROM busy") == 200


def test_it_reopens_after_kill_with_its_data(tmp_path):
    """What was answered is there after kill -9."""
    port = free_port()
    secrets = {"clickhouse_writer_password": "w", "clickhouse_reader_password": "r"}
    own = replace(env, data_dir=tmp_path, clickhouse_port=port, **secrets)
    part = parts.engine_part(own)
    dsn = f"http://writer:w@127.0.0.1:{port}/daysalt"
    with running(part) as process:
        client = clickhouse_connect.get_client(dsn=dsn)
        client.command("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
        client.command("INSERT INTO kept VALUES (1), (2)")
        second = subprocess.run(
            part.command, env=os.environ | part.environment, capture_output=True, text=True
        )
        assert second.returncode == 1
        assert "clickhouse: " in second.stderr
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(part):
        client = clickhouse_connect.get_client(dsn=dsn)
        assert client.command("SELECT sum(a) FROM kept") == 3
