"""Starts parts, waits until each is ready, restarts what dies, and stops them all."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import FrameType

from analytics_saas.embedded.parts import Part, port_is_busy

READY_SECONDS = 60
DEATHS_PER_MINUTE = 5
STOP_SECONDS = 10
LEAST_FREE_BYTES = 200_000_000


class CannotRun(Exception):
    """One sentence that says why the product cannot start or go on."""


class Supervisor:
    """Owns the child processes. Each has its own process group, so that none is left behind."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[Part, subprocess.Popen[str]]] = {}
        self._deaths: dict[str, deque[float]] = {}
        self._stopping = threading.Event()

    def start(self, parts: list[Part]) -> None:
        """Start parts and wait until each is ready. Raises CannotRun with one sentence."""
        for part in parts:
            if part.port is not None and port_is_busy(part.port):
                raise CannotRun(
                    f"port {part.port} for {part.name} is busy: stop what listens there, "
                    f"or set {part.name.upper()}_PORT to a free one"
                )
            self._spawn(part)
        for part in parts:
            self._wait_until_ready(part)

    def watch(self) -> None:
        """Restart parts that die until stop() or a signal. Raises CannotRun on a death loop."""
        while not self._stopping.wait(0.3):
            for part, process in list(self._running.values()):
                if process.poll() is not None:
                    self._restart(part, process.returncode)

    def stop(self) -> None:
        """End every part: politely in reverse order of their start, then for certain."""
        self._stopping.set()
        for _, process in reversed(list(self._running.values())):
            _signal_group(process, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            _signal_group(process, signal.SIGKILL)
        self._running.clear()

    def stop_on_signals(self) -> None:
        """Let Ctrl-C and SIGTERM end watch()."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _spawn(self, part: Part) -> None:
        process = subprocess.Popen(
            part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **part.environment},
        )
        self._running[part.name] = (part, process)
        threading.Thread(target=_name_lines, args=(part.name, process), daemon=True).start()

    def _wait_until_ready(self, part: Part) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not part.ready():
            process = self._running[part.name][1]
            if self._stopping.is_set():
                raise CannotRun("stopped before everything was ready")
            if process.poll() is not None:
                raise CannotRun(f"{part.name} ended while starting; its lines above say why")
            if time.monotonic() > deadline:
                raise CannotRun(f"{part.name} was not ready within {READY_SECONDS} s")
            time.sleep(0.05)

    def _restart(self, part: Part, code: int) -> None:
        deaths = self._deaths.setdefault(part.name, deque(maxlen=DEATHS_PER_MINUTE))
        now = time.monotonic()
        if len(deaths) == DEATHS_PER_MINUTE and now - deaths[0] < 60:
            raise CannotRun(f"{part.name} died {DEATHS_PER_MINUTE + 1} times within a minute")
        deaths.append(now)
        pause = 0.2 * 2 ** (len(deaths) - 1)
        print(f"daysalt: {part.name} ended with {code}; starting it again", flush=True)
        # Children of a dead master must not hold its port.
        _signal_group(self._running[part.name][1], signal.SIGKILL)
        if not self._stopping.wait(min(pause, 5)):
            self._spawn(part)


def require_disk(folder: Path) -> None:
    """Raise CannotRun when too little space is left to start."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise CannotRun(
            f"only {free // 1_000_000} MB are free in {folder}: free at least "
            f"{LEAST_FREE_BYTES // 1_000_000} MB, or set DATA_DIR to another disk"
        )


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def _name_lines(name: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        sys.stdout.write(f"{name:>10} | {line}")
        sys.stdout.flush()
