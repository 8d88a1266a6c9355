"""Reset and deletion with real stores: what is gone, what stays, and every way to die midway."""

import random
import secrets
import time

import pytest

from analytics_saas import clickhouse, dbt
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector import erasure
from collector.shard import Shard
from collector.stream import shard_of
from collector.tests.dying import Dying
from collector.tests.test_drain import append, drain_all, event, rows
from collector.visits import Visits
from projects.registry import erasures
from projects.registry.erasures import Erasure


class Site:
    """Two projects that share a shard of their own; `at` is now in milliseconds."""

    def __init__(self):
        self.first_shard = random.randrange(1_000, 4_000_000)
        self.project = random.randrange(1_000, 1_000_000_000)
        self.neighbour = self.project + env.queue_shards
        self.at = int(time.time() * 1000)
        number = self.first_shard + shard_of(self.project, env.queue_shards)
        self.shard = Shard(stores.queue(), number)
        assert self.shard.acquire()
        self.writer = clickhouse.writer()

    def send(self, offset):
        """A page view each, of the same visitor as ever."""
        both = (self.project, self.neighbour)
        append(self.shard.number, [event(one, 1, self.at + offset) for one in both])

    def erase(self, verb="reset"):
        """A request that nobody has seen yet."""
        return Erasure(secrets.token_hex(8), 1, self.project, verb, self.at)

    def carry_out(self, asked):
        """One call of the collector's task, and the drain after it."""
        done = erasure.carry_out(asked, self.writer, first_shard=self.first_shard)
        drain_all(self.shard)
        return done

    def finish(self, asked):
        """Call until nothing is left to do."""
        for _ in range(10):
            if self.carry_out(asked):
                return
        raise AssertionError("the erasure does not end")

    def ledger(self, project):
        """Counts by outcome, and by reason where there is one."""
        sql = "SELECT outcome, reason, sum(count) FROM ledger FINAL"
        found = self.writer.query(
            f"{sql} WHERE project_id = {project} GROUP BY outcome, reason"
        ).result_rows
        return {f"{outcome} {reason}".strip(): count for outcome, reason, count in found}


@pytest.fixture
def site(clickhouse_tables):
    """Projects of their own."""
    return Site()


def test_a_reset_leaves_nothing_behind_and_takes_what_comes_after(site):
    """Not what is in the tables, in the stream, nor in an open visit."""
    site.send(0)
    drain_all(site.shard)
    site.send(1_000)  # in the stream when the reset is asked for
    asked = site.erase()
    assert not erasure.carry_out(asked, site.writer, first_shard=site.first_shard)
    site.send(2_000)  # behind the reset
    drain_all(site.shard)
    assert rows("events", site.project) == [(2,)]
    assert not site.carry_out(asked)
    for table in ("events", "visits", "touched"):
        assert rows(table, site.project) == [(0,)]
    site.send(3_000)
    drain_all(site.shard)
    assert site.carry_out(asked)
    assert rows("events", site.project, "count(), sum(is_entry)") == [(1, 1)]
    assert rows("visits", site.project, "count(), sum(pageviews)") == [(1, 1)]
    assert rows("events", site.neighbour) == [(4,)]
    assert rows("visits", site.neighbour, "count(), sum(pageviews)") == [(1, 4)]
    # accepted = stored + dropped + dead, and what is there = stored - erased.
    assert site.ledger(site.project) == {
        "accepted": 4,
        "stored": 3,
        "dropped reset": 1,
        "erased reset": 2,
    }
    assert site.ledger(site.neighbour) == {"accepted": 4, "stored": 4}


def test_a_deletion_is_for_good_and_reaches_every_table(site):
    """Also rollups, dead letters, and a table that this code has never heard of."""
    name = f"unheard_{site.project}"
    site.writer.command(
        f"CREATE TABLE {name} (project_id UInt32) ENGINE = MergeTree ORDER BY tuple()"
    )
    both = [[site.project], [site.neighbour]]
    site.writer.insert(name, both, column_names=["project_id"])
    site.writer.insert("rollup_days", both, column_names=["project_id"])
    site.send(0)
    bad = [event(one, 1, site.at, revenue="x") for one in (site.project, site.neighbour)]
    append(site.shard.number, bad)
    asked = site.erase("delete")
    site.finish(asked)
    site.send(1_000)
    append(site.shard.number, bad)
    drain_all(site.shard)
    for table in ("events", "visits", "touched", "dead_letters", "rollup_days"):
        assert rows(table, site.project) == [(0,)], table
        assert rows(table, site.neighbour) != [(0,)], table
    left = site.writer.query(f"SELECT project_id FROM {name}").result_rows
    assert left == [(site.neighbour,)]
    site.writer.command(f"DROP TABLE {name}")
    assert all(one.project_id != site.project for one in Visits(site.shard.state()).opened())
    ledger = site.ledger(site.project)
    assert ledger == {
        "accepted": 4,
        "stored": 1,
        "dead bad_value": 1,
        "dropped deleted": 2,
        "erased delete": 1,
    }


def erase_dying(site, monkeypatch, verb, deadly):
    """Carry an erasure out with one death; return the numbers of the calls that change a store."""
    site.send(0)
    drain_all(site.shard)
    site.send(1_000)
    asked, dying, done = site.erase(verb), Dying(site.writer, deadly), False
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "append_control", dying.wrap(erasure.append_control))
        patch.setattr(erasures, "remember_count", dying.wrap(erasures.remember_count))
        for _ in range(10):
            try:
                done = erasure.carry_out(asked, dying, first_shard=site.first_shard)
            except ConnectionError:
                continue
            site.send(2_000)
            drain_all(site.shard)
            if done:
                break
    assert done
    return dying.changes()


@pytest.mark.parametrize("verb", ["reset", "delete"])
def test_a_death_after_any_change_ends_the_same(clickhouse_tables, monkeypatch, verb):
    """Exhaustive: each change of a store is made once without an answer."""
    changes = erase_dying(Site(), monkeypatch, verb, 0)
    assert len(changes) > 6
    for deadly in changes:
        site = Site()
        erase_dying(site, monkeypatch, verb, deadly)
        ledger = site.ledger(site.project)
        assert ledger[f"erased {verb}"] == 2, deadly
        settled = ledger["stored"] + sum(n for key, n in ledger.items() if "dropped" in key)
        assert ledger["accepted"] == settled, deadly
        assert rows("events", site.project) == [(ledger["stored"] - 2,)], deadly
        assert verb == "reset" or ledger["stored"] == 2, deadly
        assert site.ledger(site.neighbour).keys() == {"accepted", "stored"}


def test_a_call_that_was_paused_deletes_nothing_new(site):
    """It knows where the reset stood in the stream, and when it comes back all is over."""
    site.send(0)
    asked = site.erase()
    site.carry_out(asked)
    closure = site.shard.closures()[site.project]
    site.finish(asked)
    site.send(1_000)
    drain_all(site.shard)
    assert erasure._delete_everywhere(site.writer, asked, closure)
    assert rows("events", site.project) == [(1,)]
    assert rows("visits", site.project, "sum(pageviews)") == [(1,)]
    assert site.carry_out(asked)
    assert site.shard.closures() == {}


def test_a_deletion_in_the_middle_of_a_reset_wins(site):
    """The reset has nothing left to do, and its reopening comes to nothing."""
    site.send(0)
    reset, delete = site.erase(), site.erase("delete")
    site.carry_out(reset)
    erasure.carry_out(delete, site.writer, first_shard=site.first_shard)
    site.carry_out(reset)
    site.finish(delete)
    assert site.carry_out(reset)
    site.send(1_000)
    drain_all(site.shard)
    assert rows("events", site.project) == [(0,)]


def test_it_waits_while_rollups_are_built(site):
    """Or the build would write down what it read before."""
    site.send(0)
    asked = site.erase()
    site.carry_out(asked)
    with dbt.alone():
        assert not site.carry_out(asked)
        assert rows("events", site.project) == [(1,)]
    site.finish(asked)
    assert rows("events", site.project) == [(0,)]


def test_closed_projects_survive_a_new_drain(site):
    """What is closed is stored with the cursor."""
    asked = site.erase("delete")
    site.carry_out(asked)
    site.shard.release()
    site.shard = Shard(stores.queue(), site.shard.number)
    assert site.shard.acquire()
    site.send(0)
    drain_all(site.shard)
    assert rows("events", site.project) == [(0,)]
    assert rows("events", site.neighbour) == [(1,)]
