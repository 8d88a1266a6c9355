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
FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 0.2, 10.0
# Pauses grow with the deaths of so long.
REMEMBERED_SECONDS = 60.0
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
        # When those that died are started again, of a monotonic clock.
        self._due: dict[str, float] = {}
        self._stopping = threading.Event()

    def start(self, parts: list[Part]) -> None:
        """Start parts and wait until each is ready. Raises CannotRun with one sentence."""
        for part in parts:
            self._spawn(part)
        for part in parts:
            self._wait_until_ready(part)

    def watch(self) -> None:
        """Restart parts that die until stop() or a signal, however often they do.

        Each was ready once. What ends it then, such as a full disk, may pass, and the others get
        on without it: the collector spools, the drain waits.
        """
        while not self._stopping.wait(0.1):
            for part, process in list(self._running.values()):
                if process.poll() is not None:
                    self._restart(part, process)

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

    def _restart(self, part: Part, dead: subprocess.Popen[str]) -> None:
        """Start a part again when its pause is over; nobody else waits for that."""
        now = time.monotonic()
        if part.name not in self._due:
            # Children of a dead master must not hold its port.
            _signal_group(dead, signal.SIGKILL)
            self._report(f"-{dead.pid}")
            pause = self._next_pause(part.name, now)
            self._due[part.name] = now + pause
            print(
                f"daysalt: {part.name} ended with {dead.returncode}; "
                f"starting it again in {pause:.1f} s",
                flush=True,
            )
        if now >= self._due[part.name]:
            del self._due[part.name]
            self._spawn(part)

    def _next_pause(self, name: str, now: float) -> float:
        """Note a death; return a pause in seconds that doubles with each one lately."""
        deaths = [then for then in self._deaths.get(name, []) if now - then < REMEMBERED_SECONDS]
        self._deaths[name] = [*deaths, now]
        return min(MOST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** len(deaths))

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
