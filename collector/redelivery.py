"""Sends dead letters again, as new arrivals, and then removes them; may die anywhere and run again.

What is sent has a producer's number of its own, so that no letter comes twice.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

import redis
from clickhouse_connect.driver.client import Client

from analytics_saas import dbt
from collector import dead_letters
from collector.dead_letters import Choice
from collector.reentry import Letter, Part, parts_of
from collector.shard import Shard
from collector.stream import (
    DAY_MS,
    Sealed,
    append_once,
    encode_entry,
    remember_briefly,
    shard_of,
)
from collector.waking import waiting, wake_drains
from projects import registry
from projects.registry import erasures

# More than this in the stream, and the drains come first.
MOST_WAITING, PATIENCE_SECONDS, PAUSE_SECONDS = 20_000, 60.0, 0.2
# So many letters are sent before those that were are removed.
REMOVED_AT_ONCE = 50_000
ERASED = """
SELECT project_id, maxIf(batch, reason = 'reset'), countIf(reason = 'delete') FROM ledger
WHERE project_id IN {projects:Array(UInt32)} AND outcome = 'erased' GROUP BY project_id
"""


class Fate(StrEnum):
    """What becomes of a letter."""

    SENT = "sent again"
    GONE = "removed: of a deleted project, or of before a reset"
    UNREADABLE = "still cannot be read"
    WAITS = "wait for a drain or an erasure that is under way"


# How many letters, by project, reason and fate.
Told = Counter[tuple[int, str, Fate]]


class NoRoom(Exception):
    """The drains do not keep up; one sentence."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of some letters' projects, read after the letters."""

    living: frozenset[int]
    reset_batches: dict[int, int]
    deleted: frozenset[int]
    under_way: frozenset[int]
    open_batches: frozenset[int]

    def is_gone(self, project_id: int, batch: int) -> bool:
        """Tell whether nothing of a project's batch may come back."""
        if project_id == 0:
            return False
        is_deleted = project_id in self.deleted or project_id not in self.living
        return is_deleted or batch <= self.reset_batches.get(project_id, -1)


@dataclass(slots=True)
class Redelivery:
    """One run over the letters of some choice; `shards` are all there are, in their order."""

    clickhouse: Client
    queue: redis.Redis
    shards: Sequence[Shard]
    told: Told = field(default_factory=Counter)
    _sent: list[Sealed] = field(default_factory=list)
    _done: list[tuple[int, int]] = field(default_factory=list)

    def run(self, choice: Choice, *, most: int | None = None, is_trial: bool = False) -> Told:
        """Send up to `most` letters; a trial only tells what would become of them.

        Raises NoRoom, dbt.CannotBuild, registry.RegistryUnavailable, or an error of a store; then
        the same may be run again.
        """
        for page in _upto(dead_letters.pages(self.clickhouse, choice), most):
            # No erasure may come between what is asked about a project and what is sent for it.
            with dbt.alone():
                self._take(page, is_trial)
            if len(self._done) >= REMOVED_AT_ONCE:
                self._remove()
        self._remove()
        return self.told

    def _take(self, page: list[Letter], is_trial: bool) -> None:
        read = [(letter, parts_of(letter)) for letter in page]
        facts = self._facts({project for _, parts in read for project in parts or ()})
        entries: list[Sealed] = []
        for letter, parts in read:
            fate = _fate(letter, parts, facts)
            self.told[(letter.project_id, letter.reason, fate)] += 1
            if fate in (Fate.SENT, Fate.GONE) and not is_trial:
                self._done.append((letter.batch, letter.pos))
                entries += self._seal(letter, parts or {}, facts)
        if entries:
            self._wait_for_room()
            append_once(self.queue, entries)
            wake_drains(self.queue, sorted({one.shard for one in entries}))
            self._sent += entries

    def _remove(self) -> None:
        dead_letters.remove(self.clickhouse, self._done)
        # Another run may have read the same letters, though hardly a day ago.
        if self._sent:
            remember_briefly(self.queue, self._sent, DAY_MS)
        self._done, self._sent = [], []

    def _seal(self, letter: Letter, parts: dict[int, Part], facts: Facts) -> list[Sealed]:
        """Return an entry for each project that still takes what is its own."""
        producer = f"letter:{letter.batch}:{letter.pos}"
        return [
            Sealed(
                self.shards[shard_of(project_id, len(self.shards))].number,
                0,
                f"{producer}:{project_id}",
                1,
                encode_entry(producer, 1, part.drops, part.events, part.controls),
            )
            for project_id, part in parts.items()
            if not facts.is_gone(project_id, letter.batch)
        ]

    def _facts(self, projects: set[int]) -> Facts:
        # A letter that was read was inserted under an intent; once that is gone, it is committed,
        # and no replay inserts it again.
        intents = [shard.intent() for shard in self.shards]
        given = {"projects": sorted(projects)}
        found = self.clickhouse.query(ERASED, parameters=given).result_rows
        return Facts(
            living=frozenset(rules.id for rules in registry.everyone()),
            reset_batches={project_id: batch for project_id, batch, _ in found},
            deleted=frozenset(project_id for project_id, _, count in found if count),
            under_way=frozenset(one.project_id for one in erasures.asked_erasures()),
            open_batches=frozenset(intent.batch for intent in intents if intent),
        )

    def _wait_for_room(self) -> None:
        numbers = [shard.number for shard in self.shards]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (count := waiting(self.queue, numbers)) > MOST_WAITING:
            if time.monotonic() > deadline:
                raise NoRoom(f"{count} entries wait in the queue: run it again once less does")
            time.sleep(PAUSE_SECONDS)


def _fate(letter: Letter, parts: dict[int, Part] | None, facts: Facts) -> Fate:
    if parts is None:
        # Whose it was is known of a single event only; of a deleted project there are none left.
        return Fate.UNREADABLE
    if letter.batch in facts.open_batches:
        return Fate.WAITS
    for project_id, part in parts.items():
        # An erasure whose control is in this very letter waits for it, too.
        if project_id in facts.under_way and not part.controls:
            return Fate.WAITS
    kept = [project for project in parts if not facts.is_gone(project, letter.batch)]
    return Fate.SENT if kept else Fate.GONE


def _upto(pages: Iterable[list[Letter]], most: int | None) -> Iterator[list[Letter]]:
    """Cut pages off after so many letters."""
    left = most
    for page in pages:
        yield list(islice(page, left))
        if left is not None:
            left -= len(page)
            if left <= 0:
                return
