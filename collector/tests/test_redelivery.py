"""Dead letters come back once, whatever dies; what is gone for good does not come back at all."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.core.management import CommandError, call_command

from analytics_saas import clickhouse, dbt
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector import dead_letters, redelivery, reentry
from collector.dead_letters import Choice
from collector.drain import Carrier
from collector.redelivery import Fate, NoRoom, Redelivery
from collector.shard import Shard
from collector.stream import Entry, producer_key, stream_key
from collector.tests.dying import Dying
from collector.tests.test_drain import append, drain_all, event, rows
from collector.tests.test_erasure import Site
from projects import registry
from projects.registry import ProjectRules, erasures

LETTERS = ["project_id", "at", "reason", "detail", "batch", "pos", "raw"]
LEDGER = ["project_id", "minute", "outcome", "reason", "batch", "count"]


class Office(Site):
    """Two projects of a shard of their own, which the registry knows, and their dead letters."""

    def __init__(self):
        super().__init__()
        # As many shards as there are, so that every project has its place.
        self.shards = [Shard(stores.queue(), self.first_shard + n) for n in range(env.queue_shards)]
        self.batch = (self.at << 20) - 1_000_000
        for project in (self.project, self.neighbour):
            registry.push(ProjectRules(project, f"p_{project}", "UTC"))

    def bury(self, *projects, reason="bad_value", raws=None):
        """What a drain with a bug left of good events: letters, and their lines of the ledger."""
        self.batch += 256
        good = [msgspec.msgpack.encode(event(one, n, self.at)) for n, one in enumerate(projects)]
        at = datetime.fromtimestamp(self.at / 1000, UTC)
        letters = [
            [one, at, reason, "a bug", self.batch, pos, raw]
            for pos, (one, raw) in enumerate(zip(projects, raws or good, strict=True))
        ]
        self.writer.insert("dead_letters", letters, column_names=LETTERS)
        lines = [
            [one, at.replace(second=0, microsecond=0), *what, self.batch, count]
            for one, count in Counter(projects).items()
            for what in (("accepted", ""), ("dead", reason))
        ]
        self.writer.insert("ledger", lines, column_names=LEDGER)

    def redelivery(self, writer=None):
        """A run over these shards."""
        return Redelivery(writer or self.writer, stores.queue(), self.shards)

    def run(self, project=None, **more):
        """Send the letters of one of the projects; return how many had which fate."""
        whose = self.project if project is None else project
        told = self.redelivery().run(Choice(datetime.now(UTC) + timedelta(1), whose), **more)
        drain_all(self.shard)
        fates = Counter()
        for (_, _, fate), count in told.items():
            fates[fate] += count
        return fates

    def letters(self, project=None):
        """How many wait."""
        return rows("dead_letters", project or self.project)[0][0]

    def adds_up(self, project=None):
        """Accepted is stored, dropped and dead; and what is stored is there, once."""
        ledger = Counter()
        for key, count in self.ledger(project or self.project).items():
            ledger[key.split()[0]] += count
        there = rows("events", project or self.project, "count(), uniqExact(visit_id, pos)")
        assert there == [(ledger["stored"] - ledger["erased"],) * 2]
        return ledger["accepted"] == ledger["stored"] + ledger["dropped"] + ledger["dead"]


@pytest.fixture
def office(clickhouse_tables):
    """A registry that is complete, and two projects."""
    registry.complete([])
    return Office()


def test_what_can_be_read_by_now_is_stored_and_leaves(office):
    """In many pages and in few; the neighbour's letters stay where they are."""
    office.bury(*[office.project, office.neighbour] * 5)
    office.bury(*[office.project] * 7)
    assert office.run(is_trial=True) == {Fate.SENT: 12}
    assert (office.letters(), rows("events", office.project)) == (12, [(0,)])
    assert office.run() == {Fate.SENT: 12}
    assert (office.letters(), office.letters(office.neighbour)) == (0, 5)
    assert rows("events", office.project, "count(), uniqExact(visitor_id)") == [(12, 8)]
    assert office.ledger(office.project) == {"accepted": 24, "stored": 12, "dead bad_value": 12}
    assert office.run() == {}
    assert office.adds_up()


def test_pages_end_by_number_and_by_bytes_and_miss_nothing(office, monkeypatch):
    """Letters of one moment too; `most` ends them all."""
    for _ in range(3):
        office.bury(*[office.project] * 5)
    choice = Choice(datetime.now(UTC) + timedelta(1), office.project)
    for name, value in (("MOST_LETTERS", 4), ("MOST_BYTES", 500)):
        monkeypatch.setattr(dead_letters, name, value)
        found = list(dead_letters.pages(office.writer, choice))
        assert len(found) > 3
        places = [(one.batch, one.pos) for page in found for one in page]
        assert len(places) == len(set(places)) == 15
    assert office.run(most=6) == {Fate.SENT: 6}
    assert office.letters() == 9
    assert office.run() == {Fate.SENT: 9}
    assert rows("events", office.project) == [(15,)]


def test_what_cannot_be_read_stays_and_is_told(office):
    """Whatever stands beside it goes."""
    bad = msgspec.msgpack.encode([office.project, "no day"])
    good = msgspec.msgpack.encode(event(office.project, 1, office.at))
    office.bury(*[office.project] * 3, raws=[bad, good, b"\xc1"])
    assert office.run() == {Fate.UNREADABLE: 2, Fate.SENT: 1}
    assert office.letters() == 2
    assert office.run() == {Fate.UNREADABLE: 2}
    assert office.adds_up()


def run_dying(office, monkeypatch, deadly):
    """One run that dies after this call, and another that does not; the calls that change."""
    office.bury(*[office.project] * 3)
    dying = Dying(office.writer, deadly)
    choice = Choice(datetime.now(UTC) + timedelta(1), office.project)
    with monkeypatch.context() as patch:
        for name in ("append_once", "remember_briefly"):
            patch.setattr(redelivery, name, dying.wrap(getattr(redelivery, name)))
        try:
            office.redelivery(dying).run(choice)
        except ConnectionError:
            drain_all(office.shard)
            office.run()
    drain_all(office.shard)
    return dying.changes()


def test_a_death_after_any_change_adds_nothing_twice(office, monkeypatch):
    """Exhaustive: each change of a store is made once without an answer."""
    changes = run_dying(office, monkeypatch, 0)
    assert len(changes) == 3
    for deadly in changes:
        office = Office()
        run_dying(office, monkeypatch, deadly)
        assert rows("events", office.project) == [(3,)], deadly
        assert (office.letters(), office.adds_up()) == (0, True), deadly


def test_two_runs_at_once_add_nothing_twice(office):
    """One may be told to wait."""
    office.bury(*[office.project] * 40)

    def run(_):
        choice = Choice(datetime.now(UTC) + timedelta(1), office.project)
        try:
            Redelivery(clickhouse.writer(), stores.queue(), office.shards).run(choice)
        except dbt.CannotBuild:
            pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    drain_all(office.shard)
    assert (office.letters(), rows("events", office.project)) == (0, [(40,)])


def test_an_entry_of_a_newer_version_comes_back_once_it_is_known(office, monkeypatch):
    """With its ledger cells, to the projects whose events it holds; its letter was nobody's."""
    events = [event(one, 1, office.at) for one in (office.project, office.neighbour)]
    drops = [(one.project_id, 60, "accepted", 1) for one in events]
    drops.append((office.project, 60, "bot:GPTBot", 2))
    raw = msgspec.msgpack.encode([2, "p", 1, drops, [], events])
    stores.queue().xadd(stream_key(office.shard.number), {"b": raw})
    drain_all(office.shard)
    nobody = Choice(datetime.now(UTC) + timedelta(1), 0, "unknown_version")
    told = office.redelivery().run(nobody)
    assert told[(0, "unknown_version", Fate.UNREADABLE)] >= 1
    monkeypatch.setattr(reentry, "VERSION", 2)
    told = office.redelivery().run(nobody)
    assert told[(0, "unknown_version", Fate.SENT)] >= 1
    drain_all(office.shard)
    assert rows("events", office.project) == rows("events", office.neighbour) == [(1,)]
    assert office.ledger(office.project) == {
        "accepted": 3,
        "stored": 1,
        "dropped bot:GPTBot": 2,
    }
    assert office.ledger(office.neighbour) == {"accepted": 1, "stored": 1}


def test_a_bad_event_of_such_an_entry_becomes_a_letter_of_its_own(office):
    """The good one beside it is stored."""
    good, bad = event(office.project, 1, office.at), [office.project, "no day"]
    drops = [(office.project, 60, "accepted", 2)]
    raw = msgspec.msgpack.encode([1, "p", 1, drops, [], [good, bad]])
    office.bury(0, reason="unreadable_entry", raws=[raw])
    office.run(0)
    assert office.ledger(office.project) == {"accepted": 2, "stored": 1, "dead bad_value": 1}
    assert office.letters() == 1


@pytest.mark.parametrize("verb", ["reset", "delete"])
def test_nothing_comes_back_after_a_reset_or_a_deletion(office, verb):
    """Neither a letter of the project, nor an event in a letter of nobody's."""
    events = [event(one, 1, office.at) for one in (office.project, office.neighbour)]
    raw = msgspec.msgpack.encode(Entry(1, "p", 1, [], [], events))
    office.bury(0, reason="unreadable_entry", raws=[raw])
    office.bury(office.project)
    asked = office.erase(verb)
    office.finish(asked)
    assert office.letters() == 0
    # An erasure that is over left its line; the registry may be wrong about a deletion.
    assert office.run(0)[Fate.SENT] >= 1
    assert rows("events", office.project) == [(0,)]
    assert rows("events", office.neighbour) == [(1,)]
    if verb == "reset":
        append(office.shard.number, [event(office.project, 1, office.at)])
        drain_all(office.shard)
        assert rows("events", office.project) == [(1,)]


def test_letters_of_a_project_that_the_registry_does_not_know_are_removed(office):
    """It was deleted; no erasure needs to have reached ClickHouse."""
    office.bury(office.project)
    registry.withdraw(f"p_{office.project}")
    assert office.run() == {Fate.GONE: 1}
    assert (office.letters(), rows("events", office.project)) == (0, [(0,)])


def test_an_erasure_that_is_under_way_is_waited_for(office):
    """Whether its control has arrived or not."""
    office.bury(office.project)
    asked = office.erase("reset")
    erasures.ask_to_erase(asked)
    try:
        assert office.run() == {Fate.WAITS: 1}
        office.carry_out(asked)
        assert office.run() == {Fate.WAITS: 1}
    finally:
        erasures.tell_erased(asked, 0)
        erasures.forget_erased(asked.key)


def test_a_control_in_a_letter_reaches_its_erasure(office):
    """Which waits for it."""
    asked = office.erase("delete")
    erasures.ask_to_erase(asked)
    control = (office.project, "delete", office.at)
    raw = msgspec.msgpack.encode(Entry(1, "p", 1, [], [control], []))
    office.bury(0, reason="unreadable_entry", raws=[raw])
    try:
        office.run(0)
        assert office.shard.closures()[office.project].verb == "delete"
    finally:
        erasures.tell_erased(asked, 0)
        erasures.forget_erased(asked.key)


def test_letters_of_an_open_intent_wait_for_its_commit(office):
    """Its replay may insert them once more."""
    append(office.shard.number, [event(office.project, 1, office.at)])
    drain_all(office.shard)
    append(office.shard.number, [event(office.project, 2, office.at)])
    with pytest.raises(ConnectionError):
        Carrier(stores.queue(), _no_clickhouse, office.shard).carry_once()
    office.batch = office.shard.intent().batch - 256
    office.bury(office.project)
    choice = Choice(datetime.now(UTC) + timedelta(1), office.project)
    told = office.redelivery().run(choice)
    assert told == {(office.project, "bad_value", Fate.WAITS): 1}
    drain_all(office.shard)
    assert office.run() == {Fate.SENT: 1}


def test_a_run_leaves_the_queue_no_memory_for_long(office):
    """The number of a letter that is gone lapses within a day."""
    office.bury(office.project)
    office.run()
    key = producer_key(office.shard.number, f"letter:{office.batch}:0:{office.project}")
    assert 0 < stores.queue().pttl(key) <= 24 * 3_600_000


def test_it_does_not_flood_a_queue_that_nobody_empties(office, monkeypatch):
    """It says how many wait."""
    monkeypatch.setattr(redelivery, "MOST_WAITING", 0)
    monkeypatch.setattr(redelivery, "PATIENCE_SECONDS", 0.0)
    append(office.shard.number, [event(office.project, 1, office.at)])
    office.bury(office.project)
    with pytest.raises(NoRoom, match="1 entries wait in the queue"):
        office.redelivery().run(Choice(datetime.now(UTC) + timedelta(1), office.project))
    drain_all(office.shard)
    assert office.run() == {Fate.SENT: 1}


def test_the_command_tells_project_reason_and_fate(office, capsys):
    """A trial first; then another word for nothing left."""
    office.bury(office.project, office.project, raws=[b"\xc1", b"\xc1"])
    asked = {"project": f"p_{office.project}", "dry_run": True}
    call_command("replay_dead", **asked)
    said = capsys.readouterr().out
    assert f"p_{office.project} bad_value: 2 still cannot be read" in said
    assert "this was a trial" in said
    call_command("replay_dead", **asked, reason="unreadable_entry")
    assert capsys.readouterr().out == "there is no dead letter of this kind\n"
    call_command("replay_dead", **asked, before="2026-01-01")
    assert capsys.readouterr().out == "there is no dead letter of this kind\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--project", "p_absent"], "there is no project p_absent"),
        (["--before", "yesterday"], "--before must be a date as 2026-03-31, not 'yesterday'"),
        (["--limit", "0"], "--limit: must be a whole number from 1 on, not '0'"),
    ],
)
def test_the_command_refuses_what_it_does_not_understand(office, given, message):
    """And names the argument."""
    with pytest.raises(CommandError, match=message):
        call_command("replay_dead", *given)


def test_the_command_says_in_one_sentence_what_it_waits_for(office):
    """Such as a build."""
    office.bury(office.project)
    with dbt.alone(), pytest.raises(CommandError, match=r"another build .*; nothing is lost"):
        call_command("replay_dead", project=f"p_{office.project}")


def test_a_letter_is_kept_for_ninety_days(office):
    """By the table itself, also one whose time nobody can believe."""
    ages = {"young": 89, "old": 91, "odd": -80_000}
    letters = [
        [office.project, datetime.now(UTC) - timedelta(days), name, "", 1, pos, b""]
        for pos, (name, days) in enumerate(ages.items())
    ]
    office.writer.insert("dead_letters", letters, column_names=LETTERS)
    office.writer.command("OPTIMIZE TABLE dead_letters FINAL")
    assert rows("dead_letters", office.project, "arraySort(groupArray(reason))") == [
        (["odd", "young"],)
    ]


def _no_clickhouse():
    raise ConnectionError
