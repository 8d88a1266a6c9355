"""The short version of `make chaos`: the same code, each process killed once, few points."""

import pytest

from analytics_saas.chaos.kills import PROCESSES, kill
from analytics_saas.chaos.line import told
from analytics_saas.chaos.outcomes import Outcomes
from analytics_saas.chaos.points import failpoints
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.steady import under_load
from analytics_saas.chaos.zombie import pause

RATE, LEAST = 150, 50
CRASHES = [
    ("appended", "inserted_events"),
    ("inserted_events", "intended"),
    ("spooled", "replayed"),
    ("inserted_dead_letters",),
    ("executed",),
]


@pytest.fixture
def folder(tmp_path_factory):
    """A short path: sockets lie in it."""
    return tmp_path_factory.mktemp("c")


def test_nothing_is_lost_or_stored_twice_whatever_is_killed_or_stopped(folder):
    """Every process dies under load, and drains sleep through the loss of their shards."""
    outcomes, rig = Outcomes(), Rig(folder, drains=2)
    with running(rig):
        with under_load(rig, outcomes, RATE, connections=16) as load:
            for process in PROCESSES:
                kill(rig, load, process, hurry=True, least=LEAST)
            load.wait_for_accepted(LEAST)
            moved = pause(rig, rig.drains[:1], in_truth=False)
        line = told(rig, outcomes)
    assert line["passed"], line
    assert line["accepted"] >= LEAST * len(PROCESSES)
    assert sum(rig.deaths.values()) >= len(PROCESSES)
    assert moved >= 0


def test_crashes_at_named_moments_lose_nothing_and_repeat_nothing(folder):
    """Among them one that comes while another is got over."""
    line = failpoints(folder, CRASHES)
    assert line["passed"], line
    assert line["pairs"] == sum(len(points) == 2 for points in CRASHES)
