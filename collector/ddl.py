"""Brings ClickHouse's tables up to date from numbered SQL files, forwards only."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from analytics_saas import clickhouse

FOLDER = Path(__file__).parent / "clickhouse"
MARKS = "schema_migrations"
# Databases of before there were checksums get the column; what they ran is believed.
PREPARE = (
    f"CREATE TABLE IF NOT EXISTS {MARKS} (name String, applied_at DateTime DEFAULT now())"
    " ENGINE = ReplacingMergeTree ORDER BY name SETTINGS fsync_after_insert = 1",
    f"ALTER TABLE {MARKS} ADD COLUMN IF NOT EXISTS checksum String",
)


class SchemaRefused(Exception):
    """One sentence that says why the tables are left as they are, and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file: its name without the ending, and its only statement."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Name what the statement does; its comments may be mended."""
        lines = (line.strip() for line in self.sql.splitlines())
        said = " ".join(line for line in lines if line and not line.startswith("--"))
        return sha256(said.encode()).hexdigest()[:16]


def steps(folder: Path = FOLDER) -> list[Step]:
    """Return all steps in their order."""
    return [Step(path.stem, path.read_text()) for path in sorted(folder.glob("[0-9]*.sql"))]


def pending(client: Client, folder: Path = FOLDER) -> list[Step]:
    """Return the steps that have not run yet; changes nothing. Raises SchemaRefused."""
    known, done = steps(folder), _marks(client)
    if newer := sorted(done.keys() - {step.name for step in known}):
        raise SchemaRefused(
            f"ClickHouse has {newer[-1]}, which this version does not know:"
            " run the newest version of the code."
        )
    for step in known:
        if done.get(step.name) not in (None, "", step.checksum):
            raise SchemaRefused(
                f"{step.name}.sql was changed after it ran:"
                " put it back as it was, and make the change in a new file."
            )
    return [step for step in known if step.name not in done]


def migrate(client: Client | None = None, folder: Path = FOLDER) -> list[str]:
    """Run every step that has not run yet, in order; return their names. Raises SchemaRefused.

    A step may safely run twice, also on two hosts at once: a crash between it and its mark runs
    it again.
    """
    writer = client or clickhouse.writer()
    waiting = pending(writer, folder)
    for statement in PREPARE:
        writer.command(statement)
    for step in waiting:
        _run(writer, step)
    return [step.name for step in waiting]


def _run(writer: Client, step: Step) -> None:
    try:
        writer.command(step.sql)
    except DatabaseError:
        # Two changes of one table at once may be refused; then the other host has made this one.
        if step.name not in _marks(writer):
            raise
    writer.insert(MARKS, [[step.name, step.checksum]], column_names=["name", "checksum"])


def _marks(client: Client) -> dict[str, str]:
    """Return the checksum of every step that ran; empty for one of before there were any."""
    if not client.command(f"EXISTS TABLE {MARKS}"):
        return {}
    columns = client.query(f"DESCRIBE TABLE {MARKS}").result_columns[0]
    checksum = "checksum" if "checksum" in columns else "''"
    sql = f"SELECT name, {checksum} FROM {MARKS} FINAL"  # noqa: S608 - constants
    return dict(client.query(sql).result_rows)
