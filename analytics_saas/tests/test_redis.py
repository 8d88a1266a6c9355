"""Both Redis roles keep what they must keep and forget what they must forget."""

import socket
import subprocess
import sys
from dataclasses import replace

import pytest
import redis

from analytics_saas import redis as stores
from analytics_saas.env import BASE_DIR, env
from collector import lane

GOOD = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
UNSAFE = [
    ({"appendonly": "no"}, "appendonly must be yes, not no"),
    ({"appendfsync": "everysec"}, "appendfsync must be always, not everysec"),
    ({"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy must be noeviction, not allkeys-lru"),
]


@pytest.fixture
def limited(request):
    """A user of the queue's server who may run only some commands."""

    def make(*rules):
        admin = stores.queue()
        admin.execute_command("ACL", "SETUSER", "limited", "on", ">secret", "~*", *rules)
        request.addfinalizer(lambda: admin.execute_command("ACL", "DELUSER", "limited"))
        url = f"{env.redis_queue_url}?username=limited&password=secret"
        return stores.redis.Redis.from_url(url)

    return make


@pytest.mark.parametrize(("change", "says"), UNSAFE)
def test_an_unsafe_queue_is_told_what_to_change(change, says):
    """By the name of the setting in the server's own configuration."""
    assert stores.wrong_settings(stores.QUEUE_NEEDS, GOOD | change) == [says]


def test_a_cache_that_writes_to_disk_is_told_to_stop():
    """Salts would survive their day there."""
    found = {"appendonly": "no", "save": "3600 1", "maxmemory-policy": "noeviction"}
    says = ["save must be empty, not 3600 1"]
    assert stores.wrong_settings(stores.CACHE_NEEDS, found) == says


def test_what_cannot_be_read_is_no_fault():
    """A managed server hides its configuration."""
    assert stores.wrong_settings(stores.QUEUE_NEEDS, {}) == []


def test_the_embedded_stores_are_safe(caplog):
    """All of it is read, so nothing is warned of."""
    stores.require_safe_stores()
    assert caplog.text == ""


def test_info_answers_where_config_is_forbidden(limited):
    """It knows less, and what it knows is right."""
    found = stores.read_settings(limited("+info"), stores.QUEUE_NEEDS)
    assert found == {"appendonly": "yes", "maxmemory-policy": "noeviction"}


def test_a_server_that_tells_nothing_is_warned_of_once(limited, monkeypatch, caplog):
    """And used all the same."""
    silent = limited("+ping")
    monkeypatch.setattr(stores, "queue", lambda: silent)
    stores.require_safe_stores()
    (line,) = caplog.messages
    assert line.startswith("REDIS_QUEUE_URL could not be checked for: appendfsync, appendonly")


def test_a_role_does_not_start_on_an_unsafe_store():
    """One sentence on the way out, from a real drain and a real server."""
    stores.queue().config_set("appendfsync", "everysec")
    try:
        command = [sys.executable, "manage.py", "drain"]
        ran = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=30)
    finally:
        stores.queue().config_set("appendfsync", "always")
    assert ran.returncode == 1
    says = "the server of REDIS_QUEUE_URL is not safe to use: appendfsync must be always"
    assert ran.stderr == f"daysalt: {says}, not everysec\n"


def test_a_queue_that_says_nothing_is_an_error_after_a_while(tmp_path, monkeypatch):
    """Whoever waits for it, such as the keeper of the salts, has more to do than that."""
    path = str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(path)
        silent.listen()
        monkeypatch.setattr(stores, "QUEUE_SECONDS", 0.1)
        monkeypatch.setattr(stores, "env", replace(env, redis_queue_url=f"unix://{path}"))
        with pytest.raises(redis.TimeoutError):
            stores.queue.__wrapped__().ping()


def test_a_read_may_block_for_less_than_that():
    """As the drain does while nothing comes."""
    assert lane.WAIT_MS / 1000 < stores.QUEUE_SECONDS / 2
