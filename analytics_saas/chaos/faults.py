"""How each store is taken away and given back; most faults are the store's own."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias, cast

import redis

from analytics_saas.chaos.lag import client
from analytics_saas.chaos.rig import Rig
from analytics_saas.embedded.alone import free_port
from analytics_saas.env import BASE_DIR

PARTS = ("clickhouse", "queue")
KINDS = ("down", "hang", "slow", "error", "readonly")
Change: TypeAlias = tuple[Callable[[], object], Callable[[], object]]
# An answer of the queue is late by twice this, still within QUEUE_STALL_MS; an insert by this.
SLOW = {"queue": 0.2, "clickhouse": 3.0}


class Proxies:
    """One proxy per store of a rig. The addresses are known ahead, since parts are told them."""

    def __init__(self, folder: Path) -> None:
        self.socket, self.port = folder / "proxy.sock", free_port()
        self._running: dict[str, subprocess.Popen[str]] = {}

    def lead(self, rig: Rig) -> None:
        """Lead the roles to the proxies."""
        url = f"http://writer:{rig.password}@127.0.0.1:{self.port}/daysalt"
        rig.environment |= {"REDIS_QUEUE_URL": f"unix://{self.socket}", "CLICKHOUSE_URL": url}

    @contextmanager
    def running(self, rig: Rig) -> Iterator[None]:
        """Carry until the block ends."""
        ways = {
            "queue": (str(self.socket), str(rig.queue_socket)),
            "clickhouse": (str(self.port), str(rig.env.clickhouse_port)),
        }
        command = [sys.executable, "-m", "analytics_saas.chaos.proxy"]
        for part, way in ways.items():
            self._running[part] = subprocess.Popen(
                [*command, *way], cwd=BASE_DIR, stdin=subprocess.PIPE, text=True
            )
        try:
            yield
        finally:
            for process in self._running.values():
                process.kill()
                process.wait()

    def tell(self, part: str, mood: str) -> None:
        """Change a proxy's mood."""
        pipe = self._running[part].stdin
        assert pipe is not None
        print(mood, file=pipe, flush=True)


@contextmanager
def fault(rig: Rig, proxies: Proxies, part: str, kind: str) -> Iterator[None]:
    """Let a store fail in one way until the block ends."""
    begin, end = _change(rig, proxies, part, kind)
    begin()
    try:
        yield
    finally:
        end()


def _change(rig: Rig, proxies: Proxies, part: str, kind: str) -> Change:
    if kind == "down":
        return partial(rig.hold_down, part), partial(start_again, rig, part)
    if kind == "hang":
        return partial(rig.send, part, signal.SIGSTOP), partial(rig.send, part, signal.SIGCONT)
    if part == "queue" and kind in QUEUE_FAULTS:
        return QUEUE_FAULTS[kind](client(rig.queue_socket))
    mood = f"slow {SLOW[part]}" if kind == "slow" else kind
    return partial(proxies.tell, part, mood), partial(proxies.tell, part, "pass")


def start_again(rig: Rig, part: str) -> None:
    """Start what was held down and wait for it."""
    rig.start(part)
    rig.wait_until_ready(part)


def out_of_memory(queue: redis.Redis) -> Change:
    """Every write is answered -OOM."""
    usual = cast(dict[str, str], queue.config_get("maxmemory"))["maxmemory"]
    return (lambda: queue.config_set("maxmemory", 1)), lambda: queue.config_set("maxmemory", usual)


def read_only(queue: redis.Redis) -> Change:
    """Every write is answered -READONLY, as by a replica after a failover."""

    return partial(queue.replicaof, "127.0.0.1", "1"), partial(queue.replicaof, "NO", "ONE")


QUEUE_FAULTS = {"error": out_of_memory, "readonly": read_only}
