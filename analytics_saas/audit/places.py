"""Every place where the product keeps something: how to search it, and how to plant there."""

import base64
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.audit.canaries import Canary
from analytics_saas.audit.files import count_in_files, files_below
from analytics_saas.audit.product import LOG
from analytics_saas.audit.values import unfold, values
from analytics_saas.celery import app
from analytics_saas.env import env

PLANT = "audit_plant"
SQLITE = env.data_dir / "daysalt.sqlite3"
QUEUE = env.data_dir / "queue"
SPOOL = env.data_dir / "spool"
CLICKHOUSE = env.data_dir / "clickhouse"
# What Celery puts into the queue; all that ever was there stands in the AOF.
BODY = re.compile(rb'"body": "([A-Za-z0-9+/=]+)"')


@dataclass(frozen=True, slots=True)
class Place:
    """One place: `count` says how often needles are there, `plant` puts a canary there."""

    name: str
    count: Callable[[list[bytes]], int]
    plant: Callable[[Canary], object]


def places() -> list[Place]:
    """Return every place, as raw files and as what the stores themselves answer."""
    return [
        Place("sqlite files", in_files(lambda: files_of("daysalt.sqlite3*")), plant_in_sql),
        Place("sql columns", in_texts(sql_columns), plant_in_sql),
        Place("aof", in_files(lambda: files_below(QUEUE / "appendonlydir")), plant_in_queue),
        Place("rdb", in_files(lambda: [QUEUE / "dump.rdb"]), plant_in_queue),
        Place("stream entries", in_texts(lambda: values(stores.queue())), plant_in_stream),
        Place("celery messages", in_texts(celery_bodies), plant_in_celery),
        Place("cache values", in_texts(lambda: values(stores.cache())), plant_in_cache),
        Place("spool", in_files(lambda: files_below(SPOOL)), plant_in_spool),
        Place("clickhouse files", in_files(lambda: files_below(CLICKHOUSE)), plant_in_clickhouse),
        Place("clickhouse columns", in_texts(clickhouse_columns), plant_in_clickhouse),
        Place("logs", in_files(lambda: [LOG]), plant_in_log),
        Place("all other files", in_files(other_files), plant_in_other),
    ]


# -- Files -----------------------------------------------------------------------------------------
def in_files(paths: Callable[[], Iterable[Path]]) -> Callable[[list[bytes]], int]:
    """Return a search of files."""
    return lambda needles: count_in_files(paths(), needles)


def files_of(pattern: str) -> list[Path]:
    """Return files of DATA_DIR."""
    return list(env.data_dir.glob(pattern))


def other_files() -> Iterator[Path]:
    """Yield every file that no other place has."""
    folders = [env.data_dir.parent, *([env.salt_mirror_dir] if env.salt_mirror_dir else [])]
    known = (QUEUE, SPOOL, CLICKHOUSE, LOG, SQLITE)
    for path in files_below(*folders):
        if not any(str(path).startswith(str(place)) for place in known):
            yield path


# -- What the stores answer ------------------------------------------------------------------------
def in_texts(texts: Callable[[], Iterable[bytes]]) -> Callable[[list[bytes]], int]:
    """Return a search of texts."""
    return lambda needles: sum(t.count(needle) for t in texts() for needle in needles)


def sql_columns() -> Iterator[bytes]:
    """Yield every value of every table."""
    with sqlite3.connect(f"file:{SQLITE}?mode=ro", uri=True) as base:
        names = [
            row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for name in names:
            for row in base.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - its own names
                for value in row:
                    yield from unfold(value if isinstance(value, bytes) else str(value).encode())


def clickhouse_columns() -> Iterator[bytes]:
    """Yield every value of every table, the engine's own logs included."""
    client = clickhouse.writer()
    asked = "SELECT database, name FROM system.tables WHERE engine LIKE '%MergeTree'"
    for database, name in client.query(asked).result_rows:
        yield client.raw_query(f"SELECT * FROM `{database}`.`{name}` FORMAT TSVRaw")  # noqa: S608


def celery_bodies() -> Iterator[bytes]:
    """Yield the decoded body of every message that was ever sent."""
    for path in files_below(QUEUE / "appendonlydir"):
        for body in BODY.findall(path.read_bytes()):
            yield from unfold(base64.b64decode(body))


# -- Plants ----------------------------------------------------------------------------------------
def plant_in_sql(canary: Canary) -> None:
    """Put it into a table."""
    with sqlite3.connect(SQLITE, timeout=30) as base:
        base.execute(f"CREATE TABLE IF NOT EXISTS {PLANT} (text)")
        base.execute(f"INSERT INTO {PLANT} VALUES (?)", (canary.text(),))  # noqa: S608


def plant_in_queue(canary: Canary) -> None:
    """Put it under a key."""
    stores.queue().set(PLANT, canary.text())


def plant_in_stream(canary: Canary) -> None:
    """Put it into an entry, packed."""
    packed: Any = msgspec.msgpack.encode([[canary.v6], {"agent": canary.word}])
    stores.queue().xadd(f"{PLANT}:stream", {"b": packed})


def plant_in_celery(canary: Canary) -> None:
    """Send it in a message that nobody takes."""
    app.send_task("audit.plant", args=[canary.text()], queue=PLANT + ":celery")


def plant_in_cache(canary: Canary) -> None:
    """Put it under a key."""
    stores.cache().hset(f"{PLANT}:cache", "who", canary.text())


def plant_in_spool(canary: Canary) -> None:
    """Put it into a file beside the segments."""
    SPOOL.mkdir(exist_ok=True)
    (SPOOL / PLANT).write_bytes(b"\0\1" + canary.text().encode())


def plant_in_clickhouse(canary: Canary) -> None:
    """Put it into a table whose files are not compressed, or only the columns would show it."""
    client = clickhouse.writer()
    client.command(
        f"CREATE TABLE IF NOT EXISTS {PLANT} (text String CODEC(NONE)) ENGINE MergeTree ORDER BY ()"
    )
    client.insert(PLANT, [[canary.text()]], ["text"])


def plant_in_log(canary: Canary) -> None:
    """Add a line, as a part that says too much would."""
    with LOG.open("a") as log:
        log.write(f"a part said {canary.text()}\n")


def plant_in_other(canary: Canary) -> None:
    """Put it into a file that no part knows."""
    (env.data_dir / PLANT).write_text(canary.text())
