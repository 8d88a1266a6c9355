"""`manage.py up`: the whole product on one machine, until Ctrl-C."""

import os
import subprocess
import sys
import time
from typing import Any

from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.core.management import BaseCommand, CommandParser, call_command
from django.db import DatabaseError

from analytics_saas.embedded.claim import AlreadyRuns, claim
from analytics_saas.embedded.parts import Part, roles, stores
from analytics_saas.embedded.preflight import (
    CannotRun,
    require_disk,
    require_ports,
    require_short_path,
)
from analytics_saas.embedded.supervisor import Supervisor
from analytics_saas.env import BASE_DIR, env, stop


class Command(BaseCommand):
    """Start stores, prepare their tables, start the roles, and watch over all of them."""

    help = "Start every part of Daysalt on this machine; Ctrl-C stops all of it."
    # `make check` runs them; here they would only delay the start.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """`--demo` fills a demo project, also when the product is up already."""
        parser.add_argument("--demo", action="store_true", help="add a demo project")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        """Run until a signal; one clear sentence when something is in the way."""
        started = time.monotonic()
        # In a DATA_DIR that was there before, files at least are for nobody else to read.
        os.umask(0o077)
        try:
            self._run(started, demo)
        except AlreadyRuns as error:
            if not demo:
                stop(str(error))
            create_demo()
        except CannotRun as error:
            stop(str(error))
        except (DatabaseError, ClickHouseError) as error:
            stop(f"the tables cannot be prepared: {error}")
        except KeyboardInterrupt:
            stop("stopped before anything was started")
        except OSError as error:
            stop(f"DATA_DIR {env.data_dir} cannot be used: {error}")

    def _run(self, started: float, demo: bool) -> None:
        require_short_path(env.data_dir)
        env.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
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
                if demo:
                    create_demo()
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
        if not env.debug:
            self._say("collecting static files …")
            call_command("collectstatic", verbosity=0, interactive=False)
        self._say(f"starting {_names(workers)} …")
        supervisor.start(workers)

    def _say(self, sentence: str) -> None:
        self.stdout.write(f"daysalt: {sentence}")
        self.stdout.flush()


def create_demo() -> None:
    """Fill the demo project from a process of its own: only there is the clock set back."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "create_demo"]
    subprocess.run(command, env=os.environ | {"DEV_CLOCK": "1"}, check=False)


def _names(parts: list[Part]) -> str:
    return ", ".join(part.name for part in parts) or "nothing here"
