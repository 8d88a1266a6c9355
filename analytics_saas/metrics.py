"""Metrics for Prometheus: one answer for all processes of a role, and who may read it."""

import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from analytics_saas.client_ip import client_ip, parse_address
from analytics_saas.env import env

log = logging.getLogger(__name__)

# Where prometheus-client looks, at the moment in which it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# By these a proxy gives itself away that writes neither X-Forwarded-For nor Forwarded.
TRACES = (
    "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "fastly-client-ip",
    "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-server",
)  # fmt: skip


def share(role: str) -> None:
    """Let all workers of one gunicorn count into files of one folder; call it before any import.

    Where there can be no folder, each worker tells of itself alone.
    """
    root = env.data_dir / "metrics"
    # Workers of one server have one parent, which no other living server has.
    folder = root / f"{role}-{os.getppid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in root.iterdir():
            if not _lives(left.name.rpartition("-")[2]):
                shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        log.warning("metrics are those of one worker: %s", error)
        return
    os.environ[FOLDER] = str(folder)


def exposition(*more: object) -> tuple[bytes, str]:
    """Return everything that is counted, and its content type; `more` are further collectors."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if folder := os.environ.get(FOLDER):
        _forget_dead(Path(folder))
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    for one in more:
        registry.register(one)  # type: ignore[arg-type]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def may_read(peer: str, forwarded_for: str, forwarded: str, other_traces: bool) -> bool:
    """Tell whether a request comes from METRICS_NETWORKS.

    `other_traces`: a proxy gives itself away by another header. One that is not in
    TRUSTED_PROXIES may speak for anybody, so whoever comes through it may not.
    """
    address = client_ip(peer, forwarded_for, env.trusted_proxies, forwarded)
    through_proxy = bool(forwarded_for or forwarded or other_traces)
    if address is None or (through_proxy and address == parse_address(peer)):
        return False
    return any(address in network for network in env.metrics_networks)


def _forget_dead(folder: Path) -> None:
    """Remove what processes said of themselves that are gone; what they counted stays."""
    for file in _of_the_living(folder):
        if not _lives(file.stem.rpartition("_")[2]):
            file.unlink(missing_ok=True)


def _of_the_living(folder: Path) -> Iterator[Path]:
    return folder.glob("gauge_live*_*.db")


def _lives(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists() if Path("/proc/self").exists() else True
