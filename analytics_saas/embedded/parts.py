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
GUNICORN = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--log-level", "warning"]


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
    ours = {
        "REDIS_QUEUE_URL": queue_part,
        "REDIS_CACHE_URL": cache_part,
        "CLICKHOUSE_URL": engine_part,
    }
    return [make(env) for name, make in ours.items() if not os.environ.get(name)]


def queue_part(env: Env) -> Part:
    """Return the durable Valkey."""
    command = valkey.queue_command(env.data_dir, env.queue_bytes)
    return Part("queue", command, lambda: pings(env.data_dir / "queue.sock"))


def cache_part(env: Env) -> Part:
    """Return the forgetful Valkey."""
    command = valkey.cache_command(env.data_dir)
    return Part("cache", command, lambda: pings(env.data_dir / "cache.sock"))


def engine_part(env: Env) -> Part:
    """Return the ClickHouse engine behind its front."""
    port = env.clickhouse_port
    command = [sys.executable, "-m", "analytics_saas.embedded.front"]
    command += ["--path", str(env.data_dir / "clickhouse"), "--port", str(port)]
    secrets = {
        "CLICKHOUSE_WRITER_PASSWORD": env.clickhouse_writer_password,
        "CLICKHOUSE_READER_PASSWORD": env.clickhouse_reader_password,
    }
    ping = f"http://127.0.0.1:{port}/ping"
    return Part("clickhouse", command, lambda: answers(ping), port, secrets)


def roles(env: Env) -> list[Part]:
    """The product's own roles, each its own process."""
    return [web_part(env), collector_part(env), drain_part(env), _worker(env)]


def web_part(env: Env) -> Part:
    """Return Django under a server with threads."""
    port = env.web_port
    command = [*GUNICORN, "analytics_saas.wsgi:application", "-b", f"127.0.0.1:{port}"]
    command += ["-k", "gthread", "--threads", "8"]
    return Part("web", command, lambda: answers(f"http://127.0.0.1:{port}/healthz"), port)


def collector_part(env: Env) -> Part:
    """Return the collector under its own kind of worker."""
    port = env.collector_port
    command = [*GUNICORN, "analytics_saas.asgi:application", "-b", f"127.0.0.1:{port}"]
    command += ["-k", "analytics_saas.worker.CollectorWorker"]
    # The server itself would believe X-Forwarded-For of any program on this machine.
    command += ["--forwarded-allow-ips", ""]
    return Part("collector", command, lambda: answers(f"http://127.0.0.1:{port}/healthz"), port)


def drain_part(env: Env) -> Part:
    """Return the drain; without a DRAIN_PORT it takes the one after the collector's."""
    port = env.drain_port or env.collector_port + 1
    command = [sys.executable, str(BASE_DIR / "manage.py"), "drain"]
    ready = f"http://127.0.0.1:{port}/readyz"
    return Part("drain", command, lambda: answers(ready), port, {"DRAIN_PORT": str(port)})


def _worker(env: Env) -> Part:
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "analytics_saas.celery", "worker"]
    command += ["--beat", "--schedule", str(env.data_dir / "beat"), "--pool", "threads", "-c", "2"]
    command += ["--loglevel", "WARNING", "--without-mingle", "--without-gossip"]
    return Part("worker", command, _worker_waits, environment=CALM)


def pings(path: Path) -> bool:
    """Tell whether a Valkey answers on a socket."""
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


def answers(url: str) -> bool:
    """Tell whether an address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
