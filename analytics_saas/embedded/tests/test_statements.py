"""Statements and their data: formats, parameters, sessions."""

import io
import json
from itertools import count

import pytest

from analytics_saas.embedded.statements import read
from analytics_saas.embedded.tests.conversation import ask

pytestmark = pytest.mark.usefixtures("clickhouse_server")

numbers = count(1)


@pytest.fixture
def table():
    """An empty table of its own."""
    name = f"statements_{next(numbers)}"
    made = ask(f"CREATE OR REPLACE TABLE {name} (a UInt32, s String) ENGINE = MergeTree ORDER BY a")
    assert made.status == 200, made.body
    return name


def rows(table):
    """Return what a table holds, in order."""
    lines = ask(f"SELECT a, s FROM {table} ORDER BY a FORMAT JSONCompactEachRow").body.splitlines()
    return [tuple(json.loads(line)) for line in lines]


ODD = 'it\'s\n\t\\ "quoted" `ticks` ; -- FORMAT CSV {x:String} é\u200b☃'
EXPECTED = [(1, "one"), (2, ODD)]


@pytest.mark.parametrize(
    "name", ["Native", "JSONEachRow", "CSV", "Parquet", "ArrowStream", "RowBinary", "Values", "TSV"]
)
@pytest.mark.parametrize("place", ["url", "body"])
def test_it_inserts_every_format(table, name, place):
    """What one format gives, it takes; the statement in the URL or before its data."""
    literal = ODD.replace("\\", "\\\\").replace("'", "\\'")
    source = f"SELECT * FROM values('a UInt32, s String', (1, 'one'), (2, '{literal}'))"
    data = ask(f"{source} FORMAT {name}").body
    insert = f"INSERT INTO {table} (a, s) SETTINGS max_threads = 1 FORMAT {name}"
    reply = ask(data, query=insert) if place == "url" else ask(insert.encode() + b"\n" + data)
    assert reply.status == 200, reply.body
    assert rows(table) == EXPECTED


@pytest.mark.parametrize(
    ("statement", "data"),
    [
        ("INSERT INTO {} FORMAT JSONEachRow", ' {{"a": 1, "s": "x"}}'),
        ("insert into {} format CSV\r\n", "1,x"),
        ("/* FORMAT TSV */ INSERT INTO {} -- FORMAT TSV\n FORMAT CSV\n", "1,x"),
        ("INSERT INTO {} VALUES ", "(1, 'x')"),
        ("INSERT INTO {} SELECT 1, 'x' FORMAT CSV", ""),
        ("INSERT INTO {} VALUES", "(1, substring('FORMAT x', 8))"),
    ],
)
def test_it_finds_where_data_begins(table, statement, data):
    """After the format's name and at most one line end, or in the statement itself."""
    reply = ask(statement.format(table) + data.replace("{{", "{").replace("}}", "}"))
    assert reply.status == 200, reply.body
    assert rows(table) == [(1, "x")]


def test_it_takes_values_that_follow_a_query_in_the_url(table):
    """`?query=INSERT … VALUES` has its rows in the body."""
    assert ask("(1, 'x'), (2, 'y')", query=f"INSERT INTO {table} VALUES").status == 200
    assert rows(table) == [(1, "x"), (2, "y")]


def test_it_names_what_is_wrong_with_data(table):
    """Broken rows are the client's mistake, and nothing of them stays."""
    for name, data in {"JSONEachRow": b"nope", "Parquet": b"nope", "Native": b"\xff\xff"}.items():
        reply = ask(data, query=f"INSERT INTO {table} FORMAT {name}")
        assert reply.code and reply.code.isdigit(), name
    assert ask("1,x", query=f"INSERT INTO {table} FORMAT Nope").code == "73"
    assert ask("", query=f"INSERT INTO {table} FORMAT CSV").status == 200
    assert rows(table) == []


@pytest.mark.parametrize(
    ("sql", "answer", "name"),
    [
        ("SELECT 'a FORMAT JSON'", b"a FORMAT JSON\n", "TabSeparated"),
        ("SELECT 'a' -- FORMAT JSON", b"a\n", "TabSeparated"),
        ("SELECT 'a' /* FORMAT JSON */", b"a\n", "TabSeparated"),
        ("SELECT 'a' FORMAT CSV;", b'"a"\n', "CSV"),
        ("SELECT 'a' FORMAT CSV -- and so on", b'"a"\n', "CSV"),
        ("SELECT 'a' FORMAT CSV SETTINGS max_threads = 1", b'"a"\n', "CSV"),
        ("SELECT 'a' SETTINGS max_threads = 1 FORMAT CSV", b'"a"\n', "CSV"),
        ("SELECT a FROM (SELECT 'a' AS a) AS `FORMAT x`", b"a\n", "TabSeparated"),
        ("SELECT 'a;b'", b"a;b\n", "TabSeparated"),
        ("SELECT 'it''s', '\\'', \"x\" FROM (SELECT 1 AS x)", b"it\\'s\t\\'\t1\n", "TabSeparated"),
    ],
)
def test_it_tells_a_format_from_words_like_it(sql, answer, name):
    """FORMAT counts as a clause only, and the answer says which was used."""
    reply = ask(sql)
    assert (reply.body, reply.headers["X-ClickHouse-Format"]) == (answer, name)


def test_it_answers_in_the_format_asked_for_beside_the_query():
    """A parameter or header names a format; a clause wins."""
    assert ask("SELECT 1 AS a", default_format="JSONEachRow").body == b'{"a":1}\n'
    headers = {"X-ClickHouse-Format": "JSONEachRow"}
    assert ask("SELECT 1 AS a", headers=headers).body == b'{"a":1}\n'
    assert ask("SELECT 1 AS a FORMAT CSV", headers=headers).body == b"1\n"
    pyarrow_magic = ask("SELECT 1 AS a FORMAT Parquet").body[:4]
    assert io.BytesIO(pyarrow_magic).read() == b"PAR1"


@pytest.mark.parametrize("text", ["it's", "a\\nb", "\\", "' OR 1 -- ", "{y:String}", "é☃", ""])
@pytest.mark.parametrize("role", ["writer", "reader"])
def test_it_binds_parameters_as_values(text, role):
    """Whatever a value holds, it is that text."""
    # The interface reads parameters as TabSeparated does.
    asked = text.replace("\\", "\\\\")
    reply = ask("SELECT {x:String} AS x FORMAT JSONCompactEachRow", role=role, param_x=asked)
    assert json.loads(reply.body) == [text], reply.body


@pytest.mark.parametrize(("escaped", "text"), [("a\\nb", "a\nb"), ("\\t", "\t"), ("\\'", "'")])
def test_it_unescapes_parameters(escaped, text):
    """Newlines and tabs travel escaped."""
    reply = ask("SELECT {x:String} FORMAT JSONCompactEachRow", param_x=escaped)
    assert json.loads(reply.body) == [text]


def test_it_keeps_what_a_session_was_told():
    """SET and temporary tables stay; a setting of one request goes and leaves what was."""
    name = f"told-{next(numbers)}"
    for sql in ("SET max_threads = 3", "CREATE TEMPORARY TABLE kept (a Int8)"):
        assert ask(sql, session_id=name).status == 200
    asked = "SELECT getSetting('max_threads')"
    assert ask(asked, session_id=name).body == b"3\n"
    assert ask(asked, session_id=name, max_threads="1").body == b"1\n"
    assert ask(asked, session_id=name).body == b"3\n"
    assert ask("INSERT INTO kept FORMAT CSV\n5", session_id=name).status == 200
    assert ask("SELECT a FROM kept", session_id=name).body == b"5\n"
    assert ask("SELECT a FROM kept", session_id=f"{name}x").code == "60"
    assert ask(asked).body != b"3\n"


def test_it_gives_a_setting_back_after_an_error():
    """A failed request leaves no setting in its session either."""
    name = f"failed-{next(numbers)}"
    asked = "SELECT getSetting('max_block_size')"
    before = ask(asked, session_id=name).body
    assert ask("SELECT nope", session_id=name, max_block_size="7").code == "47"
    assert ask(asked, session_id=name).body == before


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("INSERT INTO events (a, events) FORMAT Native", "events"),
        ("INSERT INTO visits (events) SETTINGS max_threads = 1 FORMAT Native", "visits"),
        ("INSERT INTO `daysalt`.`events` (a) FORMAT Native", "events"),
        ("SELECT 1 FROM events", ""),
    ],
)
def test_a_statement_names_the_table_that_it_fills(text, table):
    """A column of that name is none."""
    assert read(text.encode(), b"").table == table
