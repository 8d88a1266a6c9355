"""Roles as children of a process that has loaded everything, so that a crash costs no second."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from analytics_saas import failpoints
from analytics_saas.chaos.rig import Rig

PRELOAD = ["analytics_saas.asgi", "analytics_saas.worker", "uvicorn", __name__]


def collector(point: str, log: str, port: int) -> None:
    """Be a collector that ends at a point."""
    _become(point, log)
    import uvicorn

    from analytics_saas.worker import CollectorWorker

    options = CollectorWorker.CONFIG_KWARGS | {"port": port, "log_level": "warning"}
    uvicorn.run("analytics_saas.asgi:application", **options)  # type: ignore[arg-type]


def drain(point: str, log: str) -> None:
    """Be a drain that ends at a point."""
    _become(point, log)
    from django.core.management import call_command

    call_command("drain")


def _become(point: str, log: str) -> None:
    os.setsid()
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    failpoints.arm(point)


class Nursery:
    """Starts collectors and drains of one rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)

    def collector(self, point: str) -> BaseProcess:
        """Start a collector."""
        log = str(self._rig.folder / "logs" / "collector.log")
        return self._start(collector, point, log, self._rig.collector_port)

    def drain(self, point: str) -> BaseProcess:
        """Start a drain."""
        return self._start(drain, point, str(self._rig.folder / "logs" / "drain.log"))

    def _start(self, target: Callable[..., None], *arguments: object) -> BaseProcess:
        process = self._context.Process(target=target, args=arguments, daemon=True)
        process.start()
        return process


@contextmanager
def nursery(rig: Rig) -> Iterator[Nursery]:
    """Load everything under a rig's environment; only one at a time."""
    from multiprocessing.forkserver import _forkserver

    usual = dict(os.environ)
    os.environ.clear()
    os.environ.update(rig.environment)
    try:
        made = Nursery(rig)
        _forkserver.ensure_running()
    finally:
        os.environ.clear()
        os.environ.update(usual)
    try:
        yield made
    finally:
        _forkserver._stop()  # type: ignore[attr-defined]
