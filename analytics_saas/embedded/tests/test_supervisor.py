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
    assert "daysalt: web ended with -9; starting it again in 0.0 s" in capfd.readouterr().out


def test_a_part_that_was_ready_is_started_again_however_often_it_dies(supervisor, capfd):
    """A full disk ends the queue at every write; all others stay, and say so once a death."""
    supervisor.start([part("queue", [sys.executable, "-c", "exit(3)"]), part("web", SLEEP)])
    web = supervisor._running["web"][1].pid
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    eventually(lambda: len(supervisor._deaths.get("queue", [])) > 5)
    assert watching.is_alive() and lives(web)
    supervisor.stop()
    watching.join(5)
    deaths = len(supervisor._deaths["queue"])
    assert capfd.readouterr().out.count("queue ended with 3; starting it again") == deaths


def test_who_waits_to_be_started_again_holds_up_nobody(supervisor):
    """Another part that dies meanwhile is back at once."""
    dies = part("queue", [sys.executable, "-c", "exit(3)"])
    supervisor.start([dies, part("web", SLEEP)])
    supervisor._due["queue"] = time.monotonic() + 60
    queue, web = (supervisor._running[name][1].pid for name in ("queue", "web"))
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    os.kill(web, signal.SIGKILL)
    eventually(lambda: supervisor._running["web"][1].pid != web)
    assert supervisor._running["queue"][1].pid == queue
    supervisor.stop()
    watching.join(5)


def test_pauses_double_up_to_ten_seconds_and_forget_an_earlier_minute(supervisor, monkeypatch):
    """So a death now and then costs nothing."""
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.2)
    pauses = [supervisor._next_pause("queue", 1_000 + number) for number in range(8)]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10]
    assert supervisor._next_pause("queue", 1_068) == 0.2


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
