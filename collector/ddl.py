"""Brings ClickHouse's tables up to date from numbered SQL files, forwards only."""

from pathlib import Path

from analytics_saas import clickhouse

FOLDER = Path(__file__).parent / "clickhouse"
APPLIED = """
CREATE TABLE IF NOT EXISTS schema_migrations (name String, applied_at DateTime DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY name SETTINGS fsync_after_insert = 1
"""


def migrate() -> list[str]:
    """Run every file that has not run yet, in order; return their names.

    Each file is one statement that may safely run twice: a crash between it and its mark
    runs it again.
    """
    writer = clickhouse.writer()
    writer.command(APPLIED)
    done = {row[0] for row in writer.query("SELECT name FROM schema_migrations").result_rows}
    applied = []
    for path in sorted(FOLDER.glob("[0-9]*.sql")):
        if path.stem not in done:
            writer.command(path.read_text())
            writer.insert("schema_migrations", [[path.stem]], column_names=["name"])
            applied.append(path.stem)
    return applied
