"""The whole product, or its stores alone, on the ground that the audit chose."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from analytics_saas.embedded import alone
from analytics_saas.embedded.alone import Process, collector_part, product_part
from analytics_saas.env import BASE_DIR, env

WAIT_SECONDS = 90
LOG = env.data_dir.parent / "log"


@contextmanager
def running_product() -> Iterator[Process]:
    """Run `manage.py up` until the block ends; what it says goes to LOG."""
    part = product_part(env.web_port, env.collector_port)
    with LOG.open("ab") as log, alone.running(part, output=log) as process:
        django.setup()
        yield process


@contextmanager
def running_stores() -> Iterator[None]:
    """Run queue and cache, and prepare the SQL tables."""
    with LOG.open("ab") as log, alone.running_stores(log):
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, check=True)
        django.setup()
        yield


def spawn_collector(port: int, extra: dict[str, str]) -> Process:
    """Start one more collector, on a port of its own."""
    with LOG.open("ab") as log:
        return alone.spawn(collector_part(port), extra, log)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Return once something holds; ends the audit when it never does."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            print(tail(LOG), file=sys.stderr)
            sys.exit(f"daysalt: {what} was not ready within {WAIT_SECONDS} s")
        time.sleep(0.1)


def tail(path: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-20:])


def tell(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"daysalt: {text}", file=sys.stderr, flush=True)
