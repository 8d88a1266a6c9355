"""A pytest plugin that gives the run stores of its own, before Django reads its settings.

With --postgresql the tests that touch SQL, and only those, run on a PostgreSQL server.
"""

import os
import socket
import tempfile
from collections.abc import Generator

import pytest

from analytics_saas.tests import postgresql

# A developer's own servers are never tested on.
for _store in ("DATABASE", "REDIS_QUEUE", "REDIS_CACHE", "CLICKHOUSE", "CLICKHOUSE_READER"):
    os.environ.pop(f"{_store}_URL", None)
with socket.socket() as _probe:
    _probe.bind(("127.0.0.1", 0))
    os.environ["CLICKHOUSE_PORT"] = str(_probe.getsockname()[1])
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="daysalt-test-")
os.environ["SALT_MIRROR_DIR"] = ""
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["DEV_CLOCK"] = "1"
# Workers of pytest-xdist load this first as well, each for stores of its own.
os.environ["PYTEST_PLUGINS"] = __name__
# Tests knock faster than any visitor; those about limits set their own.
os.environ["PROJECT_EVENTS_PER_SECOND"] = os.environ["ADDRESS_REQUESTS_PER_SECOND"] = "0"

SQL_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of the SQL store."""
    parser.addoption("--postgresql", action="store_true", help="run what uses SQL on PostgreSQL")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Name the database before pytest-django makes Django read its settings."""
    if early_config.known_args_namespace.postgresql:
        os.environ["DATABASE_URL"] = postgresql.new_url()
    yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests that use SQL, so that a new one joins by itself."""
    if not config.getoption("postgresql"):
        return
    unrelated = [item for item in items if not uses_sql(item)]
    items[:] = [item for item in items if uses_sql(item)]
    config.hook.pytest_deselected(items=unrelated)


def uses_sql(item: pytest.Item) -> bool:
    """Tell whether a test asks for the database by mark or by fixture."""
    fixtures = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or bool(SQL_FIXTURES & set(fixtures))
