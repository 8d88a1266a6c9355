"""The whole product on free ports in a folder of its own, for one measurement or test."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from analytics_saas.embedded.alone import free_port, product_part, running


@contextmanager
def running_product(extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `manage.py up` until the block ends; give the web role's origin."""
    with tempfile.TemporaryDirectory(prefix="daysalt-bench-") as folder:
        web, collector, engine, drain = (free_port() for _ in range(4))
        own = {
            "WEB_PORT": str(web),
            "COLLECTOR_PORT": str(collector),
            "CLICKHOUSE_PORT": str(engine),
            "DRAIN_PORT": str(drain),
            "DATA_DIR": folder,
            # Codes of new people are read from the page, as in development.
            "EMAIL_URL": "consolemail://",
        }
        part = product_part(web, collector)
        with Path(folder, "log").open("wb") as log, running(part, {**own, **(extra or {})}, log):
            yield f"http://localhost:{web}"
