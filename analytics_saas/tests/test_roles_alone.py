"""Every role by itself: started while its stores are away, at work once they are there."""

import contextlib
import json
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from analytics_saas.embedded import parts, valkey
from analytics_saas.embedded.alone import free_port, spawn
from analytics_saas.env import env

# What each role says while it waits; the web role says it to whoever asks.
WAITS = {"collector": "salts: ", "drain": "waits for the queue", "worker": "Cannot connect to"}
END_SECONDS = 10


@pytest.fixture
def away(tmp_path, clickhouse_tables):
    """The surroundings of a role without queue, cache and SQL."""
    return {
        "DATA_DIR": str(tmp_path),
        "REDIS_QUEUE_URL": f"unix://{tmp_path}/queue.sock",
        "REDIS_CACHE_URL": f"unix://{tmp_path}/cache.sock",
        "DATABASE_URL": f"sqlite:///{tmp_path}/later/daysalt.sqlite3",
        "CLICKHOUSE_URL": env.clickhouse_url,
        "CLICKHOUSE_READER_URL": env.clickhouse_reader_url,
    }


@pytest.fixture
def ours(tmp_path):
    """The roles of `make up` by name, on free ports."""
    ports = {f"{name}_port": free_port() for name in ("web", "collector", "drain")}
    own = replace(env, data_dir=tmp_path, **ports)
    return {part.name: part for part in parts.roles(own)}


def readiness(part):
    """Return what the web role says of its stores."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{part.port}/readyz", timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)
    except OSError:
        return None


def wait(condition, seconds=30):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.05)


@contextlib.contextmanager
def stores(folder):
    """Run queue and cache until the block ends."""
    commands = (valkey.queue_command(folder), valkey.cache_command(folder))
    running = [subprocess.Popen(command) for command in commands]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_every_role_waits_for_the_others_and_ends_when_it_is_asked_to(ours, away, tmp_path):
    """Each says in its log what it waits for; no order of starts is needed."""
    said = {name: tmp_path / f"{name}.log" for name in ours}
    with contextlib.ExitStack() as stack:
        running = {}
        for name, part in ours.items():
            output = stack.enter_context(said[name].open("wb"))
            running[name] = spawn(part, away, output)
            stack.callback(running[name].kill)
        for name, words in WAITS.items():
            wait(lambda name=name, words=words: words in said[name].read_text())
        wait(lambda: readiness(ours["web"]) is not None)
        assert not any(readiness(ours["web"])[name] for name in ("sql", "queue", "cache"))
        (tmp_path / "later").mkdir()
        with stores(tmp_path):
            wait(lambda: answers_of(ours["web"]) == {"sql", "queue", "cache"})
            wait(lambda: {"xread", "brpop"} <= commands_at(tmp_path))
            wait(ours["collector"].ready)
            end(running)


def test_a_role_that_waits_ends_when_it_is_asked_to(ours, away, tmp_path):
    """Whatever is away when it is."""
    with contextlib.ExitStack() as stack:
        running = {}
        for name in ("worker", "drain"):
            output = stack.enter_context((tmp_path / f"{name}.log").open("wb"))
            running[name] = spawn(ours[name], away, output)
            stack.callback(running[name].kill)
        for name in running:
            wait(lambda name=name: WAITS[name] in (tmp_path / f"{name}.log").read_text())
        end(running)


def answers_of(part):
    """Return the stores that the web role says answer."""
    return {name for name in ("sql", "queue", "cache") if (readiness(part) or {}).get(name)}


def commands_at(folder: Path):
    """Return what the clients of the queue wait for."""
    try:
        clients = redis.Redis(unix_socket_path=str(folder / "queue.sock")).client_list()
    except redis.RedisError:
        return set()
    return {client["cmd"] for client in clients}


def end(running):
    """Ask all to end; each does, without an error."""
    for process in running.values():
        process.terminate()
    codes = {name: process.wait(END_SECONDS) for name, process in running.items()}
    assert set(codes.values()) == {0}
