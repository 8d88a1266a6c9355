"""`manage.py up` for real: all parts come up, and none outlives it, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from analytics_saas.env import BASE_DIR


def free_ports(count):
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [str(probe.getsockname()[1]) for probe in probes]


def alive(data_dir):
    """Every process that was started for this folder, told by its environment."""
    mark = f"DATA_DIR={data_dir}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.fixture
def up(tmp_path_factory):
    """A start in a folder and a session of its own, once it has said that it is up."""
    # Short, since sockets live in it.
    data_dir = tmp_path_factory.mktemp("up")
    web, collector, drain, clickhouse = free_ports(4)
    environment = os.environ | {"DATA_DIR": str(data_dir), "CLICKHOUSE_PORT": clickhouse}
    environment |= {"WEB_PORT": web, "COLLECTOR_PORT": collector, "DRAIN_PORT": drain}
    command = [sys.executable, "manage.py", "up"]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, start_new_session=True, **options
    ) as process:
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C stops all" in line:
                break
        assert process.poll() is None, "".join(said)
        for port in (web, collector, drain):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        yield process, data_dir
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(up, number):
    """To the foreground process group, as a terminal does it."""
    process, data_dir = up
    assert len(alive(data_dir)) >= 10
    os.killpg(process.pid, number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said.rstrip().endswith("daysalt: everything is stopped")
    assert "Traceback" not in said
    assert alive(data_dir) == []


def test_a_kill_ends_everything_too(up):
    """Nobody is left to do it but the undertaker."""
    process, data_dir = up
    process.kill()
    deadline = time.monotonic() + 15
    while alive(data_dir):
        assert time.monotonic() < deadline, alive(data_dir)
        time.sleep(0.1)
