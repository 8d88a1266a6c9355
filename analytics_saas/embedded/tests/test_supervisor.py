"""Parts are restarted, given up on, and never left behind, even by a kill."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from analytics_saas.embedded import supervisor as module
from analytics_saas.embedded.parts import Part
from analytics_saas.embedded.preflight import CannotRun
from analytics_saas.embedded.supervisor import Supervisor
from analytics_saas.embedded.undertaker import lives

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
# A master with a worker, as gunicorn is; the worker does not hear of its master's death.
FAMILY = [sys.executable, "-c", "import os, time; os.fork(); time.sleep(60)"]


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    """A supervisor without a pause before the first restart."""
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    with (tmp_path / "parts.lock").open("w") as shared:
        made = Supervisor(shared)
        yield made
        made.stop()


def part(name, command, ready=lambda: True):
    """A part without a port."""
    return Part(name, command, ready)


def eventually(condition, seconds=8):
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_part_that_dies_is_started_again(supervisor, capfd):
    """Its exit code is said."""
    supervisor.start([part("web", SLEEP)])
    first = supervisor._running["web"][1].pid
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: supervisor._running["web"][1].pid != first)
    supervisor.stop()
    watching.join(5)
    assert "daysalt: web ended with -9; starting it again" in capfd.readouterr().out


def test_the_fifth_death_within_a_minute_ends_it_all(supervisor, capfd):
    """With one sentence; each pause is longer than the one before."""
    supervisor.start([part("worker", [sys.executable, "-c", "exit(3)"]), part("web", SLEEP)])
    web = supervisor._running["web"][1].pid
    with pytest.raises(CannotRun, match="worker died 5 times within a minute, the last time with"):
        supervisor.watch()
    supervisor.stop()
    assert not lives(web)
    assert capfd.readouterr().out.count("starting it again") == 4


def test_deaths_of_an_earlier_minute_do_not_count(supervisor):
    """A part may die now and then for ever."""
    supervisor.start([part("web", SLEEP)])
    supervisor._deaths["web"] = [time.monotonic() - 61] * 5
    supervisor._restart(*supervisor._running["web"][:1], 1)
    assert len(supervisor._deaths["web"]) == 1


def test_a_part_that_ends_while_starting_is_named(supervisor):
    """Its own lines say why."""
    with pytest.raises(CannotRun, match="cache ended while starting; its lines above say why"):
        supervisor.start([part("cache", [sys.executable, "-c", "exit(1)"], lambda: False)])


def test_a_store_that_ends_while_others_start_is_named(supervisor):
    """The part that waits for it would never become ready."""
    dies = [sys.executable, "-c", "import time; time.sleep(0.2)"]
    with pytest.raises(CannotRun, match="queue ended while starting"):
        supervisor.start([part("queue", dies), part("worker", SLEEP, lambda: False)])


def test_stopping_ends_children_of_parts_too(supervisor):
    """Every process of a part's group is gone."""
    supervisor.start([part("web", FAMILY), part("drain", SLEEP)])
    groups = [process.pid for _, process in supervisor._running.values()]
    assert all(map(lives, groups))
    supervisor.stop()
    assert not any(map(lives, groups))


def test_a_killed_supervisor_leaves_no_process_behind(tmp_path):
    """The undertaker ends the parts, and lets go of the lock only then."""
    code = f"""
import sys, time
from analytics_saas.embedded.parts import Part
from analytics_saas.embedded.supervisor import Supervisor
supervisor = Supervisor(open({str(tmp_path / "parts.lock")!r}, "w"))
supervisor.start([Part("web", {FAMILY!r}, lambda: True)])
print(supervisor._running["web"][1].pid, supervisor._undertaker.pid, flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        web, undertaker = map(int, process.stdout.readline().split())
        assert lives(web)
        process.kill()
    eventually(lambda: not lives(web))
    eventually(lambda: not lives(undertaker))
