"""The product's own parts as processes in a folder of their own, started again when they die."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import free_port
from analytics_saas.embedded.parts import Part
from analytics_saas.env import BASE_DIR, env

START_SECONDS = 60
STOP_SECONDS = 30
STORES = ("queue", "cache", "clickhouse")
# As the product's supervisor waits before the first restart.
RESTART_SECONDS = 0.2
# What another environment says of stores must not lead our parts to them.
FOREIGN = ("REDIS_QUEUE_URL", "REDIS_CACHE_URL", "DATABASE_URL", "FAILPOINT", "CLICKHOUSE_URL",
           "CLICKHOUSE_READER_URL", "DEV_CLOCK", "DRAIN_PORT")  # fmt: skip

Process = subprocess.Popen[bytes]


class Rig:
    """Queue, cache, engine, collector and some drains; `extra` goes to every part's environment."""

    def __init__(self, folder: Path, drains: int = 1, extra: Mapping[str, str] | None = None):
        self.folder, self.collector_port = folder, free_port()
        self.password = secrets.token_hex(8)
        self.env = replace(
            env,
            data_dir=folder,
            clickhouse_port=free_port(),
            collector_port=self.collector_port,
            clickhouse_writer_password=self.password,
            clickhouse_reader_password=secrets.token_hex(8),
        )
        self.environment = own_environment(self, extra or {})
        self.drains = [f"drain{number}" for number in range(drains)]
        self.parts = {part.name: part for part in self._make_parts()}
        self.processes: dict[str, Process] = {}
        self.down: set[str] = set()
        self.deaths: dict[str, int] = dict.fromkeys(self.parts, 0)
        self._stopping = threading.Event()
        self._lock = threading.RLock()
        # Ends what is left when this process is killed.
        undertaker = [sys.executable, "-m", "analytics_saas.embedded.undertaker"]
        self._undertaker = subprocess.Popen(
            undertaker, cwd=BASE_DIR, stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def _make_parts(self) -> list[Part]:
        drain = [sys.executable, str(BASE_DIR / "manage.py"), "drain"]
        stores = [parts.queue_part(self.env), parts.cache_part(self.env)]
        roles = [parts.engine_part(self.env), parts.collector_part(self.env)]
        return [*stores, *roles, *(Part(name, drain, lambda: True) for name in self.drains)]

    @property
    def queue_socket(self) -> Path:
        """The queue's own socket, whatever the other parts are told."""
        return self.folder / "queue.sock"

    def start(self, name: str, more: Mapping[str, str] | None = None) -> Process:
        """Start a part; it need not be ready yet."""
        part = self.parts[name]
        own = self.environment | dict(part.environment) | dict(more or {})
        log = (self.folder / "logs" / f"{name}.log").open("ab")
        with self._lock, log:
            process = subprocess.Popen(
                part.command,
                cwd=BASE_DIR,
                env=own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            if (old := self.processes.get(name)) is not None:
                self.tell_undertaker(f"-{old.pid}")
            self.processes[name] = process
            self.tell_undertaker(f"+{process.pid}")
            self.down.discard(name)
        return process

    def tell_undertaker(self, line: str) -> None:
        """Say that a process group lives, or that it is gone."""
        print(line, file=self._undertaker.stdin, flush=True)

    def wait_until_ready(self, *names: str) -> None:
        """Return once these parts serve. Raises TimeoutError."""
        deadline = time.monotonic() + START_SECONDS
        while not all(self.parts[name].ready() for name in names):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{names} not ready in {START_SECONDS} s: see {self.folder}")
            time.sleep(0.02)

    def send(self, name: str, number: int) -> None:
        """Send a signal to all processes of a part."""
        try:
            os.killpg(self.processes[name].pid, number)
        except ProcessLookupError:
            pass

    def kill(self, *names: str) -> None:
        """End parts as a power cut would; they are started again."""
        for name in names:
            self.send(name, signal.SIGKILL)

    def hold_down(self, name: str, number: int = signal.SIGKILL) -> None:
        """End a part, which stays down until it is started."""
        self.down.add(name)
        self.send(name, number)
        self.processes[name].wait(STOP_SECONDS)
        self.send(name, signal.SIGKILL)

    def supervise(self) -> None:
        """Start again what died, until the rig stops; runs in a thread of its own."""
        while not self._stopping.wait(0.05):
            for name, process in list(self.processes.items()):
                if process.poll() is None or name in self.down:
                    continue
                # A master's children must not hold its port.
                self.send(name, signal.SIGKILL)
                self.deaths[name] += 1
                if not self._stopping.wait(RESTART_SECONDS) and name not in self.down:
                    self.start(name)

    def stop(self) -> None:
        """End everything at once."""
        self._stopping.set()
        for name in reversed(list(self.processes)):
            self.down.add(name)
            self.send(name, signal.SIGCONT)
            self.send(name, signal.SIGKILL)
        for process in self.processes.values():
            process.wait()
        self._undertaker.communicate()


def own_environment(rig: Rig, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a rig's parts: no limits, a trusted loopback, own stores."""
    inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return inherited | {
        "DATA_DIR": str(rig.folder),
        "CLICKHOUSE_PORT": str(rig.env.clickhouse_port),
        "COLLECTOR_PORT": str(rig.collector_port),
        "CLICKHOUSE_WRITER_PASSWORD": rig.env.clickhouse_writer_password,
        "CLICKHOUSE_READER_PASSWORD": rig.env.clickhouse_reader_password,
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "PROJECT_EVENTS_PER_SECOND": "0",
        "ADDRESS_REQUESTS_PER_SECOND": "0",
        **extra,
    }


@contextmanager
def running(rig: Rig, roles: bool = True) -> Iterator[Rig]:
    """Run a rig with its tables and projects until the block ends; its roles only if asked."""
    (rig.folder / "logs").mkdir(parents=True, exist_ok=True)
    watcher = threading.Thread(target=rig.supervise, daemon=True)
    try:
        for name in STORES:
            rig.start(name)
        rig.wait_until_ready(*STORES)
        prepare(rig)
        if roles:
            for name in ("collector", *rig.drains):
                rig.start(name)
            rig.wait_until_ready("collector")
            watcher.start()
        yield rig
    finally:
        rig.stop()
        if watcher.ident:
            watcher.join()


def prepare(rig: Rig) -> None:
    """Make the tables and the projects, in a process that knows only this rig."""
    command = [sys.executable, "-m", "analytics_saas.chaos.projects"]
    subprocess.run(command, cwd=BASE_DIR, env=rig.environment, check=True)
