"""The collector's process ends at each of its failpoints: what was answered is there, once."""

import asyncio
import os
import subprocess
import sys

import pytest

from analytics_saas.failpoints import COLLECTOR, EXIT_CODE
from collector.tests.queue_server import put, queue_server, until

# Appends one drop after another, and says so of each that is on disk; then what is spooled is
# replayed while it waits.
PROCESS = """
import asyncio, sys
from pathlib import Path
from analytics_saas.redis import queue_async
from collector.appender import Appender
from collector.spool import Spool

async def main(url, root):
    appender = Appender(queue_async(url), 1, spool=Spool(Path(root), 1 << 20))
    for name in "abc":
        await appender.append(0, 0, name, None)
        print(name, end="", flush=True)
    sys.stdin.readline()
    await asyncio.sleep(10)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def server(tmp_path):
    """A queue of the test's own."""
    with queue_server(tmp_path) as server:
        yield server


@pytest.mark.parametrize(
    ("point", "away", "told", "stored"),
    [
        ("appending", False, "", ""),
        ("appended", False, "", "a"),
        ("spooled", True, "", "a"),
        ("replayed", True, "abc", "abc"),
    ],
)
def test_a_death_at_any_point_keeps_what_was_answered(server, point, away, told, stored):
    """And what may have been taken before the answer is there once or not at all."""
    if away:
        server.kill()
    command = [sys.executable, "-c", PROCESS, server.url, str(server.folder / "spool")]
    armed = os.environ | {"FAILPOINT": point}
    process = subprocess.Popen(
        command, env=armed, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.read(len(told)) == told
    if point != "replayed":
        process.wait()
    if away:
        server.start()
    process.communicate()
    assert process.returncode == EXIT_CODE

    async def next_process():
        appender = server.appender(server.spool())
        appender.start()
        await until(lambda: not server.waiting_files())
        await put(appender, "next")
        await appender.finish()

    asyncio.run(next_process())
    assert server.reasons() == [*stored, "next"]


def test_every_point_of_the_collector_has_a_row():
    """A new one is tried too."""
    rows = test_a_death_at_any_point_keeps_what_was_answered.pytestmark[0].args[1]
    assert [row[0] for row in rows] == list(COLLECTOR)
