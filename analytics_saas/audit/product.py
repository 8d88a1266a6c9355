"""The whole product, or its stores and some collectors, on the ground that the audit chose."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from os import environ
from pathlib import Path

import django

from analytics_saas.embedded import parts
from analytics_saas.embedded.parts import Part
from analytics_saas.env import BASE_DIR, env

WAIT_SECONDS = 90
LOG = env.data_dir.parent / "log"

Process = subprocess.Popen[bytes]


@contextmanager
def running_product() -> Iterator[Process]:
    """Run `manage.py up` until the block ends; what it says goes to LOG."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "up"]
    with running(command) as process:
        wait_until(lambda: answers(f"http://127.0.0.1:{env.web_port}/readyz"), "the product")
        wait_until(lambda: answers(f"{env.collector_origin}/healthz"), "the collector")
        django.setup()
        yield process


@contextmanager
def running_stores() -> Iterator[None]:
    """Run queue and cache, and prepare the SQL tables."""
    env.data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for part in parts.stores(env):
            if part.name in ("queue", "cache"):
                stack.enter_context(running(part.command))
                wait_until(part.ready, part.name)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE_DIR, check=True)
        django.setup()
        yield


def collector_part(port: int) -> Part:
    """Return one more collector, on a port of its own."""
    roles = parts.roles(replace(env, collector_port=port))
    return next(part for part in roles if part.name == "collector")


@contextmanager
def running(command: list[str], extra: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Run one command until the block ends."""
    process = spawn(command, extra)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def spawn(command: list[str], extra: Mapping[str, str] | None = None) -> Process:
    """Start one command; what it says goes to LOG."""
    with open(LOG, "ab") as log:
        own = {**environ, **(extra or {})}
        return subprocess.Popen(command, cwd=BASE_DIR, env=own, stdout=log, stderr=log)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Return once something holds; ends the audit when it never does."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            print(tail(LOG), file=sys.stderr)
            sys.exit(f"daysalt: {what} was not ready within {WAIT_SECONDS} s")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Tell whether an address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def tail(path: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-20:])


def tell(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"daysalt: {text}", file=sys.stderr, flush=True)
