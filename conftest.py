"""Real stores for every test: Valkey twice and the ClickHouse engine, started once per run."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import running, running_collector, running_stores
from analytics_saas.env import env
from analytics_saas.tests import postgresql

pytest_plugins = ["accounts.tests.cast"]


@pytest.fixture(scope="session", autouse=True)
def stores() -> Iterator[None]:
    """Valkey as queue and as cache, as `make up` starts them."""
    with running_stores():
        yield


@pytest.fixture(scope="module")
def collector(stores: None) -> Iterator[str]:
    """The origin of a collector over the run's own stores."""
    with running_collector() as (port, _):
        yield f"http://127.0.0.1:{port}"


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
    with running(parts.engine_part(env)):
        yield env.clickhouse_url


@pytest.fixture(scope="session")
def clickhouse_tables(clickhouse_server: str) -> str:
    """The product's tables, made by the product's own command."""
    from django.core.management import call_command

    call_command("migrate_clickhouse")
    return clickhouse_server
