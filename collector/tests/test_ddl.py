"""The tables of ClickHouse come from numbered files."""

from analytics_saas import clickhouse
from collector import ddl


def test_it_makes_every_table_once(clickhouse_tables):
    """A second run has nothing to do."""
    tables = clickhouse.reader().query("SHOW TABLES").result_columns[0]
    assert {"events", "visits", "ledger", "touched", "rollup_days", "dead_letters"} <= set(tables)
    assert ddl.migrate() == []
