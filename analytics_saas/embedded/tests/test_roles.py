"""Hostile users of both roles: nothing reaches the host, and a reader changes nothing."""

from pathlib import Path

import pytest

from analytics_saas.embedded.tests.conversation import ask

pytestmark = pytest.mark.usefixtures("clickhouse_server")

FILE = "file('/etc/hostname', 'LineAsString')"
REFUSED = {"62", "164", "497"}

# Ways to write a call so that a reader of SQL other than the engine's own might miss it.
DISGUISES = [
    f"SELECT * FROM {FILE}",
    "SELECT * FROM file ('/etc/hostname', 'LineAsString')",
    "SELECT * FROM FiLe/**/\n('/etc/hostname', 'LineAsString')",
    "SELECT * FROM file -- (\n ('/etc/hostname', 'LineAsString')",
    "SELECT * FROM file # (\n ('/etc/hostname', 'LineAsString')",
    "SELECT * FROM file #!(\n ('/etc/hostname', 'LineAsString')",
    "SELECT * FROM \"file\"('/etc/hostname', 'LineAsString')",
    "SELECT * FROM `file` ('/etc/hostname', 'LineAsString')",
    "SELECT * FROM \"fi\\x6ce\"('/etc/hostname', 'LineAsString')",
    "SELECT * FROM `f\\ile`('/etc/hostname', 'LineAsString')",
    f"SELECT 1 AS `'`, * FROM {FILE} --'",
    f"SELECT 1 AS \"'\", * FROM {FILE} --'",
    f"SELECT '\\'', * FROM {FILE} --'",
    f"SELECT '''', * FROM {FILE} --'",
    f"SELECT '/*', * FROM {FILE} --*/",
    f"SELECT 1 /* /* */, * FROM {FILE} --*/",
    f'SELECT 1 AS "/*", * FROM {FILE} --*/',
    f"SELECT 1 AS a$$, * FROM {FILE} --$$",
    f"SELECT $$'$$, * FROM {FILE} --'",
    f"SELECT $a$ $$ $a$, * FROM {FILE} --$$",
    "SELECT * FROM file\u200b('/etc/hostname', 'LineAsString')",
    "SELECT * FROM file\u00a0('/etc/hostname', 'LineAsString')",
    "SELECT * FROM file\ufeff('/etc/hostname', 'LineAsString')",
    f"SELECT \u2018'\u2019, * FROM {FILE} --'",
    f"SELECT 1 \u2212\u2212 ', * FROM {FILE} --'",
    f"SELECT 1 -- '\r, * FROM {FILE}\n, * FROM {FILE}",
    f"SELECT 1\x00, * FROM {FILE}",
    f"SELECT (SELECT count() FROM {FILE})",
    f"WITH x AS (SELECT * FROM {FILE}) SELECT * FROM x",
    f"SELECT * FROM view(SELECT * FROM {FILE})",
    f"SELECT 1 WHERE 'x' IN {FILE}",
    f"SELECT 1 UNION ALL SELECT * FROM {FILE}",
    f"SELECT * FROM numbers(1), {FILE}",
    f"DESCRIBE TABLE {FILE}",
    f"EXPLAIN ESTIMATE SELECT * FROM {FILE}",
    f"SELECT * FROM _table_function.{FILE}",
    "SELECT file('/etc/hostname')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM fileCluster('c', '/etc/hostname', 'LineAsString')",
    'SELECT * FROM default."/etc/hostname"',
    "SELECT * FROM `default` . `/etc/hostname`",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1/x', 'CSV', 'a Int8')",
    "SELECT * FROM remote('127.0.0.1', system.one)",
    "SELECT * FROM executable('x', 'TSV', 'a String')",
    "SELECT * FROM Python(x)",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM dictionary('d')",
    "SELECT * FROM loop(system.one)",
    "SELECT 1 INTO OUTFILE '/tmp/daysalt-outfile'",
    "SELECT 1 FORMAT TSV INTO OUTFILE '/tmp/daysalt-outfile'",
    "SELECT 1 INTO/**/OUTFILE '/tmp/daysalt-outfile'",
    "(SELECT 1 INTO OUTFILE '/tmp/daysalt-outfile')",
    "SELECT 1 INTO OUTFILE '/tmp/daysalt-outfile' APPEND FORMAT TSV",
    "INSERT INTO FUNCTION file('/tmp/daysalt-outfile', 'CSV', 'a Int8') VALUES (1)",
    "EXECUTE AS default SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT * FROM {t:Identifier}",
    "SELECT * FROM {d:Identifier}.{t:Identifier}",
    "SYSTEM FLUSH LOGS",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "BACKUP TABLE walls TO File('/tmp/daysalt-outfile')",
    "PARALLEL WITH SELECT 1",
    "GRANT ALL ON *.* TO default",
]


@pytest.fixture(autouse=True)
def walls():
    """One empty table that stays empty."""
    ask("CREATE TABLE IF NOT EXISTS walls (a UInt32) ENGINE = MergeTree ORDER BY a")
    yield
    assert ask("SELECT count() FROM walls").body == b"0\n"
    assert not Path("/tmp/daysalt-outfile").exists()


@pytest.mark.parametrize("role", ["reader", "writer"])
@pytest.mark.parametrize("sql", DISGUISES)
def test_nobody_leaves_the_tables(role, sql):
    """Files, the network, other processes and the engine itself stay closed to both roles."""
    reply = ask(sql, role=role, param_t="processes", param_d="system")
    assert reply.code in REFUSED, reply


WRITES = [
    "INSERT INTO walls VALUES (1)",
    "INSERT INTO walls FORMAT CSV\n1",
    "WITH 1 AS x INSERT INTO walls SELECT x",
    "/* SELECT */ DROP TABLE walls",
    "-- SELECT\nDROP TABLE walls",
    "EXPLAIN SELECT 1; DROP TABLE walls",
    "TRUNCATE TABLE walls",
    "ALTER TABLE walls DELETE WHERE 1",
    "DELETE FROM walls WHERE 1",
    "OPTIMIZE TABLE walls FINAL",
    "RENAME TABLE walls TO floors",
    "CREATE TEMPORARY TABLE t (a Int8)",
    "CREATE TABLE t (a Int8) ENGINE = Memory",
    "CREATE VIEW v AS SELECT 1",
    "CREATE FUNCTION f AS x -> x",
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "USE system",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)",
    "SELECT * FROM (SELECT 1 AS `.` SETTINGS max_memory_usage = 0)",
    "SELECT (SELECT 1 SETTINGS readonly = 0, allow_ddl = 1)",
    "WITH x AS (SELECT 1 SETTINGS/**/final) SELECT * FROM x",
    "SELECT * FROM format(Template, 'x') SETTINGS format_template_row = '/etc/hostname'",
    "SELECT 1 FORMAT Template SETTINGS format_template_resultset = '/etc/hostname'",
]
LOOKS = [
    "SELECT * FROM system.query_log",
    "SELECT * FROM `system`.`processes`",
    'SELECT * FROM "system" . processes',
    "SELECT * FROM SYSTEM./* */processes",
    "SELECT * FROM system.`processes`",
    "SELECT * FROM system.{t:Identifier}",
    "SELECT * FROM INFORMATION_SCHEMA.views",
    "DESCRIBE system.processes",
    "EXISTS TABLE system.processes",
    "SHOW PROCESSLIST",
    "SHOW",
    "SHOW CREATE TABLE system.processes",
]


@pytest.mark.parametrize("sql", WRITES + LOOKS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_reader_changes_nothing_and_sees_no_one_else(sql, method):
    """Neither rows, nor settings, nor other people's queries."""
    given = {"query": sql} if method == "GET" else {}
    reply = ask("" if given else sql, role="reader", method=method, param_t="processes", **given)
    assert reply.code in REFUSED, reply


@pytest.mark.parametrize("database", ["system", "SYSTEM", "information_schema", "default"])
def test_a_reader_gets_no_other_database_beside_the_query(database):
    """A name without its database means what the URL says: so that is checked too."""
    assert ask("SELECT * FROM processes", role="reader", database=database).code in {"497", "81"}


@pytest.mark.parametrize("name", ["readonly", "allow_ddl", "format_schema", "max_threads x"])
def test_a_reader_passes_no_other_setting(name):
    """What is not on the list is refused, also within a session."""
    for more in ({}, {"session_id": "mine"}):
        assert ask("SELECT 1", role="reader", **{name: "1"}, **more).code == "164"


OUTSIDE = [
    "CREATE DATABASE fs ENGINE = Filesystem('/etc')",
    "CREATE DATABASE fs ENGINE = Filesystem",
    "CREATE DATABASE fs ENGINE Filesystem",
    "CREATE TABLE t (a String) ENGINE = File(TSV)",
    "CREATE TABLE t (a String) ENGINE = URL('http://127.0.0.1:1/', TSV)",
    "CREATE TABLE t (a String) ENGINE Loop",
    "CREATE TABLE t AS file('/etc/hostname', 'LineAsString')",
    "CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local)",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(NULL()) LIFETIME(0) LAYOUT(FLAT())",
    "CREATE OR REPLACE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(NULL()) LAYOUT(FLAT())",
    "CREATE NAMED COLLECTION c AS a = 1",
    "CREATE FUNCTION f AS x -> x",
    "CREATE USER u",
    "INSERT INTO walls FROM INFILE '/etc/hostname' FORMAT CSV",
    "INSERT INTO walls SELECT length(line) FROM file('/etc/hostname', 'LineAsString')",
    "RENAME DATABASE default TO elsewhere",
    "USE default",
    "USE {d:Identifier}",
    "ATTACH TABLE t FROM '/etc' (a Int8) ENGINE = MergeTree ORDER BY a",
]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_a_writer_stays_in_the_tables(sql):
    """The writer makes tables and views, not doors."""
    assert ask(sql, param_d="default").code in REFUSED
    assert ask("SHOW DATABASES LIKE 'fs'").body == b""


@pytest.mark.parametrize("insert", ["INSERT INTO walls VALUES", "INSERT INTO walls FORMAT Values"])
def test_rows_beside_the_statement_are_read_too(insert):
    """A value may be a call, wherever the rows stand."""
    rows = "(length(file('/etc/hostname')))"
    assert ask(rows, query=insert).code == "497"
    assert ask(f"{insert} {rows}").code == "497"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'file(' || 'x)', 'INTO OUTFILE', 'system.processes', '☃'",
        "SELECT 1 AS file, 2 AS url, 3 AS remote",
        "SELECT engine FROM system.tables WHERE engine = 'MergeTree' LIMIT 0",
        "SELECT 1 -- file('x') é\n",
        "SELECT 1 AS `é ``file``(`",
        "SHOW TABLES",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT 1 AS `;`, 2 AS settings",
        "SELECT count() FROM system.settings WHERE name = 'x'",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "SELECT * FROM numbers(2)",
        "EXPLAIN SELECT count() FROM walls",
    ],
)
def test_both_roles_may_say_what_only_looks_bad(sql):
    """Words inside text, names and comments are no calls."""
    for role in ("reader", "writer"):
        reply = ask(sql, role=role)
        assert reply.status == 200, reply
