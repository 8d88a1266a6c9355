"""Parts without the supervisor, each running until a block ends: for tests, figures, audits."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import IO

from analytics_saas.embedded import parts
from analytics_saas.embedded.parts import Part
from analytics_saas.env import BASE_DIR, env

START_SECONDS = 60
STOP_SECONDS = 60

Process = subprocess.Popen[bytes]


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spawn(
    part: Part, extra: Mapping[str, str] | None = None, output: IO[bytes] | None = None
) -> Process:
    """Start a part with this environment and more; what it says goes to `output`, if given."""
    own = {**os.environ, **part.environment, **(extra or {})}
    return subprocess.Popen(part.command, cwd=BASE_DIR, env=own, stdout=output, stderr=output)


@contextmanager
def running(
    part: Part, extra: Mapping[str, str] | None = None, output: IO[bytes] | None = None
) -> Iterator[Process]:
    """Run a part until the block ends; once it serves, the block begins."""
    process = spawn(part, extra, output)
    try:
        _wait_until_ready(part, process)
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


@contextmanager
def running_stores(output: IO[bytes] | None = None) -> Iterator[None]:
    """Run queue and cache of this DATA_DIR."""
    env.data_dir.mkdir(parents=True, exist_ok=True)
    queue, cache = parts.queue_part(env), parts.cache_part(env)
    with running(queue, output=output), running(cache, output=output):
        yield


@contextmanager
def running_collector(extra: Mapping[str, str] | None = None) -> Iterator[tuple[int, Process]]:
    """Run a collector on a free port; give the port and the process that starts workers."""
    port = free_port()
    with running(collector_part(port), extra) as process:
        yield port, process


def collector_part(port: int) -> Part:
    """Return the collector of `make up` on another port."""
    return parts.collector_part(replace(env, collector_port=port))


def product_part(web_port: int, collector_port: int) -> Part:
    """Return the whole product as one part, which is ready when both of its roles answer."""
    addresses = (f"{web_port}/readyz", f"{collector_port}/healthz")

    def ready() -> bool:
        return all(parts.answers(f"http://127.0.0.1:{place}") for place in addresses)

    return Part("the product", [sys.executable, str(BASE_DIR / "manage.py"), "up"], ready)


def _wait_until_ready(part: Part, process: Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not part.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"daysalt: {part.name} did not start within {START_SECONDS} s")
        time.sleep(0.02)
