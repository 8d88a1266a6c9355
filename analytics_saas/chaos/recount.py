"""At rest, every answer is held against the raw rows of the tables."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.projects import project_of
from analytics_saas.chaos.reference import wrong_visits
from analytics_saas.chaos.rig import Rig
from analytics_saas.chaos.tables import numbers, rows

IDS = "SELECT toUInt64(props['m']) FROM events WHERE mapContains(props, 'm')"
# The id as msgpack has it: a key of one character, a text of twelve.
DEAD_IDS = """
SELECT toUInt64OrZero(substring(raw, position(raw, unhex('A16DAC')) + 3, 12)) FROM dead_letters
"""
REPEATED = "SELECT count() - uniqExact(project_id, visit_id, pos) FROM events"
LEDGER = "SELECT project_id, outcome, sum(count) FROM ledger FINAL GROUP BY ALL"
ROWS = "SELECT project_id, count() FROM events GROUP BY ALL"
DEAD = "SELECT project_id, count() FROM dead_letters FINAL GROUP BY ALL"
# So many of each kind are named.
MOST_NAMED = 5


@dataclass
class Recount:
    """What became of everything; `wrong` holds a sentence for each thing that must not be."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    lost: int = 0
    duplicated: int = 0
    refused_stored: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """How many events were answered 202 without a reason to drop them."""
        return self.counts[Outcome.ACCEPTED]

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing twice, every sum right."""
        return not (self.lost or self.duplicated or self.wrong)


def recount(rig: Rig, outcomes: Outcomes) -> Recount:
    """Read the tables and compare; the rig must be at rest."""
    found = Recount(Counter(map(Outcome, outcomes.outcome)))
    stored = Counter(numbers(rig, IDS))
    dead = set(numbers(rig, DEAD_IDS))
    lost = [n for n in outcomes.ids(Outcome.ACCEPTED) if n not in stored and n not in dead]
    twice = [n for n, times in stored.items() if times > 1]
    ghosts = [
        n for n in outcomes.ids(Outcome.REJECTED, Outcome.DROPPED, Outcome.UNSENT) if n in stored
    ]
    strange = [n for n in stored if not outcomes.first <= n < outcomes.first + len(outcomes)]
    found.lost, found.duplicated = len(lost), len(twice) + numbers(rig, REPEATED)[0]
    found.refused_stored = sum(n in stored for n in outcomes.ids(Outcome.REFUSED))
    found.wrong += _named("accepted and nowhere", lost) + _named("stored twice", twice)
    found.wrong += _named("refused for good or dropped, and stored", ghosts)
    found.wrong += _named("stored and never sent", strange)
    found.wrong += list(wrong_sums(rig, outcomes)) + list(wrong_visits(rig))
    return found


def wrong_sums(rig: Rig, outcomes: Outcomes) -> Iterator[str]:
    """Yield what does not add up in the ledger of each project."""
    ledger: dict[int, Counter[str]] = {}
    for project, outcome, count in rows(rig, LEDGER):
        ledger.setdefault(int(project), Counter())[outcome] = int(count)
    stored = Counter({int(project): int(count) for project, count in rows(rig, ROWS)})
    dead = Counter({int(project): int(count) for project, count in rows(rig, DEAD)})
    sure = Counter(map(project_of, outcomes.ids(Outcome.ACCEPTED, Outcome.DROPPED)))
    unsure = Counter(map(project_of, outcomes.ids(Outcome.UNKNOWN, Outcome.REFUSED)))
    for n, cell in sorted(ledger.items()):
        accepted, least = cell["accepted"], sure[n]
        if accepted != cell["stored"] + cell["dropped"] + cell["dead"]:
            yield f"project {n}: {dict(cell)} does not add up"
        if (cell["stored"], cell["dead"]) != (stored[n], dead[n]):
            yield f"project {n}: {dict(cell)}, but {stored[n]} rows and {dead[n]} dead letters"
        if not least <= accepted <= least + unsure[n] + dead[n]:
            yield f"project {n}: {accepted} accepted, {least} to {least + unsure[n]} sent"


def _named(what: str, ids: list[int]) -> list[str]:
    return [f"{len(ids)} {what}, such as {sorted(ids)[:MOST_NAMED]}"] if ids else []
