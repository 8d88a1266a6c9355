"""The tables of ClickHouse come from numbered files: forwards, once, whatever dies or hurries."""

import re
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor

import clickhouse_connect
import pytest
from django.core.management import CommandError, call_command

from analytics_saas import clickhouse
from analytics_saas.env import env
from collector import ddl
from collector.tests.dying import Dying

REPEATABLE = re.compile(r"CREATE TABLE IF NOT EXISTS|ALTER TABLE \w+\s+(ADD|MODIFY|DROP) ")
# What version 1 of the drain inserts. A drain of it may run while the tables are newer.
FIRST_INSERTS = {
    "events": "project_id local_date timestamp utc_offset name visitor_id hostname path referrer"
    " source channel utm_source utm_medium utm_campaign utm_content utm_term click_id_name country"
    " region city browser browser_version os os_version device screen language props revenue"
    " currency interactive engaged_ms scroll_depth visit_id is_entry ingest_batch pos",
    "visits": "project_id local_date visit_id visitor_id start end utc_offset entry_page"
    " entry_hostname exit_page exit_hostname pageviews events is_bounce duration engaged_ms version"
    " referrer source channel utm_source utm_medium utm_campaign utm_content utm_term"
    " click_id_name country region city browser browser_version os os_version device screen"
    " language",
    "ledger": "project_id minute outcome reason batch count",
    "touched": "project_id local_date ingest_batch",
    "dead_letters": "project_id at reason detail batch pos raw",
}


@pytest.fixture
def empty(clickhouse_server):
    """A client of a database of its own without any table."""
    name = f"ddl_{secrets.token_hex(4)}"
    clickhouse.writer().command(f"CREATE DATABASE {name}")
    yield client_of(name)
    clickhouse.writer().command(f"DROP DATABASE {name}")


def client_of(database):
    """A client that shares nothing with others."""
    return clickhouse_connect.get_client(dsn=env.clickhouse_url, database=database)


@pytest.fixture
def folder(tmp_path):
    """A copy of the product's files."""
    return shutil.copytree(ddl.FOLDER, tmp_path / "sql")


def names(folder=ddl.FOLDER):
    """What runs, in order."""
    return [step.name for step in ddl.steps(folder)]


def test_it_makes_every_table_once(empty):
    """A second run has nothing to do."""
    assert [step.name for step in ddl.pending(empty)] == names()
    assert empty.query("SHOW TABLES").result_rows == []
    assert ddl.migrate(empty) == names()
    tables = empty.query("SHOW TABLES").result_columns[0]
    assert {"events", "visits", "ledger", "touched", "rollup_days", "dead_letters"} <= set(tables)
    assert (ddl.pending(empty), ddl.migrate(empty)) == ([], [])


def test_a_death_after_any_call_is_gone_on_from(clickhouse_server):
    """Exhaustive: each call does its work without an answer, then another run ends the same."""
    database = f"ddl_{secrets.token_hex(4)}"
    deadly, calls = 0, [""]
    while deadly <= len(calls):
        clickhouse.writer().command(f"CREATE DATABASE {database}")
        dying = Dying(client_of(database), deadly)
        try:
            ddl.migrate(dying)
        except ConnectionError:
            ddl.migrate(client_of(database))
        calls = calls if deadly else dying.calls
        marks = client_of(database).query("SELECT name FROM schema_migrations FINAL ORDER BY name")
        assert list(marks.result_columns[0]) == names(), deadly
        clickhouse.writer().command(f"DROP DATABASE {database}")
        deadly += 1
    assert len(calls) > 2 * len(names())


def test_two_hosts_may_run_it_at_once(empty):
    """Each step is harmless when it is repeated, and is marked once."""
    clients = [client_of(empty.database) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ddl.migrate, clients))
    assert ddl.pending(empty) == []
    assert empty.query("SELECT count() FROM schema_migrations FINAL").result_rows == [
        (len(names()),)
    ]


def test_a_database_of_a_newer_version_is_left_alone(empty, folder):
    """The older code says what to run instead."""
    (folder / "9999_future.sql").write_text(
        "CREATE TABLE IF NOT EXISTS f (x UInt8) ENGINE = MergeTree ORDER BY x"
    )
    assert ddl.migrate(empty, folder)[-1] == "9999_future"
    with pytest.raises(ddl.SchemaRefused, match="9999_future, which this version does not know"):
        ddl.migrate(empty)


def test_a_file_that_changed_after_it_ran_is_refused_but_for_its_comments(empty, folder):
    """Nothing else runs either."""
    ddl.migrate(empty, folder)
    file = folder / "0004_touched.sql"
    file.write_text("-- Another comment.\n" + file.read_text())
    assert ddl.migrate(empty, folder) == []
    file.write_text(file.read_text().replace("UInt32", "UInt64"))
    (folder / "9999_next.sql").write_text("SELECT 1")
    with pytest.raises(ddl.SchemaRefused, match=r"0004_touched.sql was changed after it ran"):
        ddl.migrate(empty, folder)


def test_a_database_of_before_checksums_is_taken_over(empty):
    """What it ran is believed, and the rest runs."""
    empty.command(ddl.PREPARE[0])
    first, *rest = ddl.steps()
    empty.command(first.sql)
    empty.insert("schema_migrations", [[first.name]], column_names=["name"])
    assert ddl.migrate(empty) == [step.name for step in rest]
    assert ddl.pending(empty) == []


def test_a_statement_that_fails_is_not_marked(empty, folder):
    """It runs again once it is mended, and what comes after it waits."""
    (folder / "9998_bad.sql").write_text("ALTER TABLE absent ADD COLUMN IF NOT EXISTS x UInt8")
    (folder / "9999_next.sql").write_text("SELECT 1")
    with pytest.raises(Exception, match="absent"):
        ddl.migrate(empty, folder)
    assert [step.name for step in ddl.pending(empty, folder)] == ["9998_bad", "9999_next"]


def test_the_command_tells_what_is_pending(clickhouse_tables, folder, monkeypatch, capsys):
    """And 0 with nothing to do; a refusal is one sentence."""
    call_command("migrate_clickhouse", check=True)
    assert capsys.readouterr().out == "nothing is pending\n"
    (folder / "9999_next.sql").write_text("SELECT 1")
    monkeypatch.setattr(ddl.pending, "__defaults__", (folder,))
    with pytest.raises(SystemExit) as left:
        call_command("migrate_clickhouse", check=True)
    assert (left.value.code, capsys.readouterr().out) == (1, "pending 9999_next\n")
    (folder / "0001_events.sql").write_text("SELECT 2")
    with pytest.raises(CommandError, match="changed after it ran"):
        call_command("migrate_clickhouse", check=True)


def test_every_file_is_one_statement_that_may_be_repeated():
    """As the README beside them says; numbers are used once."""
    found = ddl.steps()
    numbers = [step.name.split("_")[0] for step in found]
    assert numbers == [f"{number:04}" for number in range(1, len(found) + 1)]
    for step in found:
        said = "\n".join(line for line in step.sql.splitlines() if not line.startswith("--"))
        assert ";" not in said, step.name
        assert REPEATABLE.match(said), step.name
        added = re.search(r"ADD COLUMN (?!IF NOT EXISTS)", said)
        assert not added, step.name


def value_of(kind):
    """Any value of a type, no time of which is old."""
    if kind.startswith("DateTime"):
        return "now()"
    quoted = kind.replace("'", "''")
    return f"defaultValueOfTypeName('{quoted}')"


def test_the_first_drain_inserts_into_the_newest_tables(empty):
    """Every later column has a value by itself."""
    ddl.migrate(empty)
    for table, said in FIRST_INSERTS.items():
        columns = said.split()
        types = {row[0]: row[1] for row in empty.query(f"DESCRIBE TABLE {table}").result_rows}
        values = ", ".join(value_of(types[name]) for name in columns)
        empty.command(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}")
        assert empty.query(f"SELECT count() FROM {table}").result_rows == [(1,)], table
