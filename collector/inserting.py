"""A batch's inserts: each is made once, however often its answer is lost."""

import logging
from collections.abc import Iterable

from clickhouse_connect.driver.client import Client

from analytics_saas.failpoints import reach
from collector.shard import Intent
from collector.transform import Insert

log = logging.getLogger(__name__)

EVENTS = "events"
# Defaults move between versions of the server, so each is said. A wrong clock may spread a batch
# over many months, and a refused batch would stop its shard for ever. A batch is one block, so
# that each of its partitions is stored as a whole or not at all.
INSERT_SETTINGS = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "max_partitions_per_insert_block": 0,
    "max_insert_block_size": 16_777_216,
}
# Months bound what is read; the columns of all others would be read in vain.
COUNT = """
SELECT toYYYYMM(local_date) AS month, count() FROM events
WHERE ingest_batch = {batch:UInt64} AND toYYYYMM(local_date) IN {months:Array(UInt32)}
GROUP BY month
"""


class NotStored(Exception):
    """ClickHouse said that rows are stored, and they are not there; to be tried again."""


class Inserts:
    """The inserts of one batch, as far as they have come; `events` is the last one.

    The other tables replace repeated rows, so that only `events` is read back: when an answer was
    lost, or when an earlier process may have stored it (`doubtful`).
    """

    def __init__(
        self, inserts: Iterable[Insert], intent: Intent, shard: int, doubtful: bool
    ) -> None:
        self._left = list(inserts)
        self._intent = intent
        self._token = f"v1:{shard}:{intent.start}-{intent.end}"
        self._doubtful, self._answered, self._repeats = doubtful, False, 0

    def go_on(self, clickhouse: Client) -> None:
        """Make what is left to make. Raises NotStored or an error of ClickHouse; call again."""
        while self._left:
            insert = self._left[0]
            if insert.table != EVENTS or not self._is_stored(clickhouse, insert):
                self._make(clickhouse, insert)
            reach(f"inserted_{insert.table}")
            del self._left[0]

    def _make(self, clickhouse: Client, insert: Insert) -> None:
        token = f"{self._token}:{insert.table}" + (f":r{self._repeats}" if self._repeats else "")
        certain = insert.table != EVENTS or not self._doubtful
        self._doubtful = self._doubtful or insert.table == EVENTS
        clickhouse.raw_insert(
            insert.table,
            column_names=list(insert.columns),
            insert_block=insert.block,
            settings=INSERT_SETTINGS | {"insert_deduplication_token": token},
            fmt="Native",
        )
        self._answered = insert.table == EVENTS
        if not certain and not self._is_stored(clickhouse, insert):
            raise NotStored(f"{insert.table} has not all rows of batch {self._intent.batch}")

    def _is_stored(self, clickhouse: Client, insert: Insert) -> bool:
        """Read `events` back if there is a doubt; a part is stored as a whole or not at all."""
        if not self._doubtful:
            return False
        expected = self._intent.counts[insert.table]
        found = stored(clickhouse, self._intent.batch, expected)
        if not found and self._answered:
            # The server knows the token, and not the rows: its record outlived them.
            self._repeats, self._answered = self._repeats + 1, False
        for month, count in found.items():
            # Fewer may be left after a deletion of days that are no longer kept.
            if count > expected[month]:
                log.critical(
                    "batch %d has %d rows in %d instead of %d",
                    self._intent.batch, count, month, expected[month],
                )  # fmt: skip
        return found.keys() == expected.keys()


def stored(clickhouse: Client, batch: int, months: Iterable[int]) -> dict[int, int]:
    """Count the rows of a batch in `events` by month, in some months only; none is left out."""
    parameters = {"batch": batch, "months": list(months)}
    rows = clickhouse.query(COUNT, parameters=parameters).result_rows
    return {int(month): int(count) for month, count in rows}
