"""What one machine runs: each part's command and how to tell that it is ready."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import redis

from analytics_saas.embedded import valkey
from analytics_saas.env import BASE_DIR, Env
from analytics_saas.redis import queue

# On one's own machine it is no news that one is root.
CALM = {"PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"}


@dataclass(frozen=True, slots=True)
class Part:
    """One process: `ready` answers whether it serves; `port` is what it listens on, if any."""

    name: str
    command: list[str]
    ready: Callable[[], bool]
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def stores(env: Env) -> list[Part]:
    """Parts that keep data, less those that the environment points elsewhere."""
    parts = []
    if not os.environ.get("REDIS_QUEUE_URL"):
        command = valkey.queue_command(env.data_dir)
        parts.append(Part("queue", command, lambda: _pings(env.data_dir / "queue.sock")))
    if not os.environ.get("REDIS_CACHE_URL"):
        command = valkey.cache_command(env.data_dir)
        parts.append(Part("cache", command, lambda: _pings(env.data_dir / "cache.sock")))
    if not os.environ.get("CLICKHOUSE_URL"):
        port = env.clickhouse_port
        front = [sys.executable, "-m", "analytics_saas.embedded.front"]
        path = str(env.data_dir / "clickhouse")
        command = [*front, "--path", path, "--port", str(port)]
        secrets = {
            "CLICKHOUSE_WRITER_PASSWORD": env.clickhouse_writer_password,
            "CLICKHOUSE_READER_PASSWORD": env.clickhouse_reader_password,
        }
        ping = f"http://127.0.0.1:{port}/ping"
        parts.append(Part("clickhouse", command, lambda: _answers(ping), port, secrets))
    return parts


def roles(env: Env) -> list[Part]:
    """The product's own roles, each its own process."""
    python = sys.executable
    gunicorn = [python, "-m", "gunicorn", "--no-control-socket", "--log-level", "warning"]
    web_port, collector_port = env.web_port, env.collector_port
    web = [*gunicorn, "analytics_saas.wsgi:application", "-b", f"127.0.0.1:{web_port}"]
    web += ["-k", "gthread", "--threads", "8"]
    collector = [*gunicorn, "analytics_saas.asgi:application"]
    collector += [
        "-b",
        f"127.0.0.1:{collector_port}",
        "-k",
        "analytics_saas.worker.CollectorWorker",
    ]
    # The server itself would believe X-Forwarded-For of any program on this machine.
    collector += ["--forwarded-allow-ips", ""]
    celery = [python, "-m", "celery", "--quiet", "-A", "analytics_saas.celery", "worker", "--beat"]
    celery += ["--schedule", str(env.data_dir / "beat"), "--pool", "threads", "-c", "2"]
    celery += ["--loglevel", "WARNING", "--without-mingle", "--without-gossip"]
    return [
        Part("web", web, lambda: _answers(f"http://127.0.0.1:{web_port}/healthz"), web_port),
        Part(
            "collector",
            collector,
            lambda: _answers(f"http://127.0.0.1:{collector_port}/healthz"),
            collector_port,
        ),
        Part("drain", [python, str(BASE_DIR / "manage.py"), "drain"], lambda: True),
        Part("worker", celery, _worker_waits, environment=CALM),
    ]


def _pings(path: Path) -> bool:
    try:
        return bool(redis.Redis(unix_socket_path=str(path)).ping())
    except redis.RedisError:
        return False


def _worker_waits() -> bool:
    # A worker that cannot import its transport would otherwise look as well as one that works.
    try:
        return any(client["cmd"] == "brpop" for client in queue().client_list())
    except redis.RedisError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
