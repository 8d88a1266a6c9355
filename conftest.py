"""Real stores for every test: Valkey twice and the ClickHouse engine, started once per run."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# Settings are read at import, so the stores' places must be known before Django loads.
_folder = Path(tempfile.mkdtemp(prefix="daysalt-test-"))
with socket.socket() as _probe:
    _probe.bind(("127.0.0.1", 0))
    _port = _probe.getsockname()[1]
os.environ["DATA_DIR"] = str(_folder)
os.environ["CLICKHOUSE_PORT"] = str(_port)
os.environ["SALT_MIRROR_DIR"] = ""
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["DEV_CLOCK"] = "1"

import pytest  # noqa: E402
import redis  # noqa: E402


@contextmanager
def running(command: list[str], ready: str, environment: dict[str, str] | None = None) -> Iterator:
    """Run one server until the block ends; `ready` is a socket path or host:port."""
    process = subprocess.Popen(command, env=os.environ | (environment or {}))
    deadline = time.monotonic() + 30
    while not _reachable(ready):
        assert process.poll() is None, f"{command[0]} ended while starting"
        assert time.monotonic() < deadline, f"{command[0]} was not ready within 30 s"
        time.sleep(0.02)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _reachable(place: str) -> bool:
    try:
        if place.startswith("/"):
            return bool(redis.Redis(unix_socket_path=place).ping())
        host, port = place.split(":")
        socket.create_connection((host, int(port)), 1).close()
        return True
    except (redis.RedisError, OSError):
        return False


@pytest.fixture(scope="session", autouse=True)
def stores() -> Iterator[None]:
    """Valkey as queue and as cache, as `make up` starts them."""
    from analytics_saas.embedded import valkey

    with ExitStack() as stack:
        stack.enter_context(running(valkey.queue_command(_folder), str(_folder / "queue.sock")))
        stack.enter_context(running(valkey.cache_command(_folder), str(_folder / "cache.sock")))
        yield


@pytest.fixture(scope="session")
def clickhouse_server(stores: None) -> Iterator[str]:
    """The real engine behind its HTTP front, in its own process."""
    from analytics_saas.env import env

    command = [sys.executable, "-m", "analytics_saas.embedded.front"]
    command += ["--path", str(_folder / "clickhouse"), "--port", str(_port)]
    secrets = {
        "CLICKHOUSE_WRITER_PASSWORD": env.clickhouse_writer_password,
        "CLICKHOUSE_READER_PASSWORD": env.clickhouse_reader_password,
    }
    with running(command, f"127.0.0.1:{_port}", secrets):
        yield env.clickhouse_url


@pytest.fixture(scope="session")
def clickhouse_tables(clickhouse_server: str) -> str:
    """The product's tables, made by the product's own command."""
    from django.core.management import call_command

    call_command("migrate_clickhouse")
    return clickhouse_server
