"""Servers on one core and wrk on the other, so that neither takes the other's time."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 30
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


@dataclass(frozen=True, slots=True)
class Server:
    """What to start, where, and with what beside the environment."""

    command: list[str]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw in one go; `failed` counts connections and statuses of 400 and more."""

    requests: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rps(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def find_wrk() -> str:
    """Return the path of wrk: the system's, or Debian's package when we may install it."""
    if not shutil.which("wrk") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=False)
    return shutil.which("wrk") or sys.exit("daysalt: this needs wrk on the PATH: install it")


def run_wrk(port: int, connections: int, seconds: int, requests: Path) -> Load:
    """Send ready-made requests over and over, by one thread of its own core."""
    script = str(Path(__file__).with_name("wrk.lua"))
    command = [find_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        env=os.environ | {"REQUESTS": str(requests)},
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {LOAD_CORE}),
    )
    return Load(**json.loads(told.stdout.strip().splitlines()[-1]))


@contextmanager
def pinned(server: Server, port: int) -> Iterator[int]:
    """Run a server on its core until the block ends; give its process's id."""
    process = subprocess.Popen(
        server.command,
        env=os.environ | server.environment,
        cwd=server.cwd,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
    )
    try:
        _wait_until_open(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(READY_SECONDS)


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"daysalt: {process.args!r} did not start")
