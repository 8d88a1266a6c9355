"""Real stores for every test: Valkey twice and the ClickHouse engine, started once per run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
import redis

from analytics_saas.embedded import parts, valkey
from analytics_saas.env import env
from analytics_saas.tests import postgresql

pytest_plugins = ["accounts.tests.cast"]


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


@contextmanager
def running_collector(environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run the collector with the command of `make up` on a free port; give its origin."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    roles = parts.roles(replace(env, collector_port=port))
    command = next(part.command for part in roles if part.name == "collector")
    with running(command, f"127.0.0.1:{port}", environment):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session", autouse=True)
def stores() -> Iterator[None]:
    """Valkey as queue and as cache, as `make up` starts them."""
    commands = {"queue": valkey.queue_command, "cache": valkey.cache_command}
    with ExitStack() as stack:
        for name, command in commands.items():
            socket_path = str(env.data_dir / f"{name}.sock")
            stack.enter_context(running(command(env.data_dir), socket_path))
        yield


@pytest.fixture(scope="module")
def collector(stores: None) -> Iterator[str]:
    """The origin of a collector over the run's own stores."""
    with running_collector() as origin:
        yield origin


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    pytestconfig: pytest.Config, django_db_modify_db_settings_parallel_suffix: None
) -> Iterator[None]:
    """Start the server of --postgresql before pytest-django makes the database."""
    from django.db import connection

    with ExitStack() as stack:
        if pytestconfig.getoption("postgresql"):
            stack.enter_context(postgresql.server(env.database_url))
        else:
            # In memory, threads that write at once fail instead of waiting for each other.
            connection.settings_dict["TEST"]["NAME"] = str(env.data_dir / "test.sqlite3")
        yield


@pytest.fixture(scope="session")
def clickhouse_server(stores: None) -> Iterator[str]:
    """The real engine behind its HTTP front, in its own process."""
    command = [sys.executable, "-m", "analytics_saas.embedded.front"]
    command += ["--path", str(env.data_dir / "clickhouse"), "--port", str(env.clickhouse_port)]
    secrets = {
        "CLICKHOUSE_WRITER_PASSWORD": env.clickhouse_writer_password,
        "CLICKHOUSE_READER_PASSWORD": env.clickhouse_reader_password,
    }
    with running(command, f"127.0.0.1:{env.clickhouse_port}", secrets):
        yield env.clickhouse_url


@pytest.fixture(scope="session")
def clickhouse_tables(clickhouse_server: str) -> str:
    """The product's tables, made by the product's own command."""
    from django.core.management import call_command

    call_command("migrate_clickhouse")
    return clickhouse_server
