"""The only import of the ClickHouse driver: a writer and a reader client per thread."""

import threading

import clickhouse_connect
from clickhouse_connect import common
from clickhouse_connect.driver.client import Client

from analytics_saas.env import env

# Each request stands alone: server sessions would serialise queries of one client.
common.set_setting("autogenerate_session_id", False)
common.set_setting("invalid_setting_action", "send")

_local = threading.local()


def writer() -> Client:
    """Return this thread's client with rights to insert and to change tables."""
    return _client("writer", env.clickhouse_url)


def reader() -> Client:
    """Return this thread's read-only client; limits are set by the server's role."""
    return _client("reader", env.clickhouse_reader_url)


def _client(role: str, url: str) -> Client:
    client: Client | None = getattr(_local, role, None)
    if client is None:
        client = clickhouse_connect.get_client(
            dsn=url, connect_timeout=5, send_receive_timeout=60, tz_mode="schema"
        )
        setattr(_local, role, client)
    return client
