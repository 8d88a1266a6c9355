"""Starts parts, waits until each is ready, restarts what dies, and stops them all."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import TextIO

from analytics_saas.embedded.parts import Part
from analytics_saas.embedded.preflight import CannotRun

READY_SECONDS = 60
DEATHS_PER_MINUTE = 5
FIRST_PAUSE_SECONDS = 0.2
STOP_SECONDS = 10


class Supervisor:
    """Owns the child processes. Each has its own process group, so that none is left behind."""

    def __init__(self, shared: TextIO) -> None:
        command = [sys.executable, "-m", "analytics_saas.embedded.undertaker"]
        self._undertaker = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=[shared.fileno()],
            start_new_session=True,
        )
        self._running: dict[str, tuple[Part, subprocess.Popen[str]]] = {}
        self._deaths: dict[str, list[float]] = {}
        self._stopping = threading.Event()

    def start(self, parts: list[Part]) -> None:
        """Start parts and wait until each is ready. Raises CannotRun with one sentence."""
        for part in parts:
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
            process.wait()
        self._running.clear()
        self._undertaker.communicate()

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
        self._report(f"+{process.pid}")
        threading.Thread(target=_name_lines, args=(part.name, process), daemon=True).start()

    def _wait_until_ready(self, part: Part) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not part.ready():
            if self._stopping.is_set():
                raise CannotRun("stopped before everything was ready")
            # Any part: the one waited for may wait itself for another that is gone.
            for name, (_, process) in self._running.items():
                if process.poll() is not None:
                    raise CannotRun(f"{name} ended while starting; its lines above say why")
            if time.monotonic() > deadline:
                raise CannotRun(f"{part.name} was not ready within {READY_SECONDS} s")
            time.sleep(0.05)

    def _restart(self, part: Part, code: int) -> None:
        now = time.monotonic()
        deaths = [then for then in self._deaths.get(part.name, []) if now - then < 60]
        self._deaths[part.name] = [*deaths, now]
        dead = self._running[part.name][1]
        # Children of a dead master must not hold its port.
        _signal_group(dead, signal.SIGKILL)
        self._report(f"-{dead.pid}")
        if len(deaths) + 1 >= DEATHS_PER_MINUTE:
            raise CannotRun(
                f"{part.name} died {DEATHS_PER_MINUTE} times within a minute, the last time with "
                f"{code}; its lines above say why"
            )
        print(f"daysalt: {part.name} ended with {code}; starting it again", flush=True)
        if not self._stopping.wait(FIRST_PAUSE_SECONDS * 2 ** len(deaths)):
            self._spawn(part)

    def _report(self, line: str) -> None:
        try:
            print(line, file=self._undertaker.stdin, flush=True)
        except BrokenPipeError:
            # Somebody ended the undertaker; everything still runs, only less well guarded.
            pass


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
