"""`manage.py up`: the whole product on one machine, until Ctrl-C."""

import time
from typing import Any

from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.core.management import BaseCommand, call_command
from django.db import DatabaseError

from analytics_saas.embedded.claim import claim
from analytics_saas.embedded.parts import Part, roles, stores
from analytics_saas.embedded.preflight import (
    CannotRun,
    require_disk,
    require_ports,
    require_short_path,
)
from analytics_saas.embedded.supervisor import Supervisor
from analytics_saas.env import env, stop


class Command(BaseCommand):
    """Start stores, prepare their tables, start the roles, and watch over all of them."""

    help = "Start every part of Daysalt on this machine; Ctrl-C stops all of it."
    # `make check` runs them; here they would only delay the start.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal; one clear sentence when something is in the way."""
        started = time.monotonic()
        try:
            self._run(started)
        except CannotRun as error:
            stop(str(error))
        except (DatabaseError, ClickHouseError) as error:
            stop(f"the tables cannot be prepared: {error}")
        except OSError as error:
            stop(f"DATA_DIR {env.data_dir} cannot be used: {error}")

    def _run(self, started: float) -> None:
        require_short_path(env.data_dir)
        env.data_dir.mkdir(parents=True, exist_ok=True)
        require_disk(env.data_dir)
        with claim(env.data_dir) as shared:
            keepers, workers = stores(env), roles(env)
            require_ports([*keepers, *workers])
            supervisor = Supervisor(shared)
            supervisor.stop_on_signals()
            try:
                self._start(supervisor, keepers, workers)
                seconds = time.monotonic() - started
                self._say(f"up after {seconds:.1f} s: {env.web_origin}")
                self._say(f"the collector listens on {env.collector_origin}; Ctrl-C stops all")
                supervisor.watch()
            finally:
                supervisor.stop()
                self._say("everything is stopped")

    def _start(self, supervisor: Supervisor, keepers: list[Part], workers: list[Part]) -> None:
        self._say(f"starting {_names(keepers)} …")
        supervisor.start(keepers)
        self._say("preparing the tables …")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("migrate_clickhouse")
        self._say(f"starting {_names(workers)} …")
        supervisor.start(workers)

    def _say(self, sentence: str) -> None:
        self.stdout.write(f"daysalt: {sentence}")
        self.stdout.flush()


def _names(parts: list[Part]) -> str:
    return ", ".join(part.name for part in parts) or "nothing here"
