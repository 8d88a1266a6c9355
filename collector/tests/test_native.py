"""Blocks of ClickHouse's format Native go through the real engine and come back as they were."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from analytics_saas import clickhouse
from collector.columns import Columns
from collector.event import FIELDS, ORIGIN
from collector.native import NAME, NAMED_TEXTS, NUMBERS, TEXT, block
from collector.tables import TABLES

HOSTILE = ["", "\0", "a\0b", "'; --", "🦡" * 40, "é" * 70_000, "\\N", " ", "\t\n\r", "x" * 127]
LAST_DAY, LAST_SECOND = 0xFFFF, 0xFFFF_FFFF
EXTREMES = {
    "UInt8": [0, 255],
    "UInt32": [0, 2**32 - 1],
    "UInt64": [0, 2**64 - 1],
    "Int16": [-(2**15), 2**15 - 1],
    "Date": [0, LAST_DAY],
    "DateTime('UTC')": [0, LAST_SECOND],
    "DateTime64(3, 'UTC')": [0, LAST_SECOND * 1000 + 999],
    "Decimal(18, 3)": ["-999999999999999.999", "999999999999999.999"],
}
READ = {
    "Date": [date(1970, 1, 1), date(2149, 6, 6)],
    # The driver leaves the zone out where it is UTC.
    "DateTime('UTC')": [datetime(1970, 1, 1), datetime(2106, 2, 7, 6, 28, 15)],  # noqa: DTZ001
    "DateTime64(3, 'UTC')": [
        datetime.fromtimestamp(0, UTC),
        datetime(2106, 2, 7, 6, 28, 15, 999_000, tzinfo=UTC),
    ],
    "Decimal(18, 3)": [Decimal(text) for text in EXTREMES["Decimal(18, 3)"]],
}


@pytest.fixture
def through(clickhouse_tables):
    """Send a column of values through a table of its own."""
    tables = []

    def send(kind, values):
        table, writer = f"native_{uuid4().hex}", clickhouse.writer()
        writer.command(f"CREATE TABLE {table} (v {kind}, n UInt32) ENGINE = MergeTree ORDER BY n")
        tables.append(table)
        types = {"v": kind, "n": "UInt32"}
        columns = Columns(types)
        # A few at a time, as they come.
        for start in range(0, len(values), 300):
            columns.add((value, start + n) for n, value in enumerate(values[start : start + 300]))
        sent = block(types, columns.finish(), len(values))
        writer.raw_insert(table, ("v", "n"), sent, fmt="Native")
        rows = clickhouse.reader().query(f"SELECT v FROM {table} ORDER BY n").result_rows
        return [row[0] for row in rows]

    yield send
    for table in tables:
        clickhouse.writer().command(f"DROP TABLE {table}")


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_keep_their_extremes(through, kind):
    """The least and the greatest that each type holds."""
    assert through(kind, EXTREMES[kind]) == READ.get(kind, EXTREMES[kind])


def test_texts_are_bytes(through):
    """Whatever stands in them."""
    assert through(TEXT, [text.encode() for text in HOSTILE]) == HOSTILE


@pytest.mark.parametrize("count", [1, 255, 256, 257, 65_536, 65_537])
def test_names_have_keys_of_every_width(through, count):
    """One byte each, then two, then four; hostile ones among them."""
    names = (HOSTILE + [f"name {n}" for n in range(count)])[:count]
    assert through(NAME, names + names[::-1]) == names + names[::-1]


@pytest.mark.parametrize(
    "rows",
    [
        [{}],
        [{}, {}, {"k": "v"}, {}],
        [{"k": text} for text in HOSTILE],
        [dict.fromkeys(HOSTILE[:5], "v"), {}, {"k": "v", "l": ""}],
        [{f"k{n}": str(n)} for n in range(300)],
    ],
)
def test_properties_keep_their_row(through, rows):
    """No key at all is a form of its own."""
    assert through(NAMED_TEXTS, rows) == rows


def test_a_type_that_nobody_taught_it_is_refused():
    """Rather than written in another one's form."""
    with pytest.raises(ValueError, match="Float64"):
        block({"v": "Float64"}, {"v": [1.5]}, 1)


@pytest.mark.parametrize("table", TABLES)
def test_the_types_are_those_of_the_tables(clickhouse_tables, table):
    """Or the server would convert every row."""
    sql = "SELECT name, type FROM system.columns WHERE database = currentDatabase()"
    found = clickhouse.writer().query(f"{sql} AND table = '{table}'").result_rows
    assert dict(found) == TABLES[table]


def test_events_are_sent_in_full():
    """Every field of an event has its column, and a visit every one of its origin."""
    assert set(FIELDS) <= set(TABLES["events"])
    assert set(ORIGIN) <= set(TABLES["visits"])
