"""`manage.py up`: the whole product on one machine, until Ctrl-C."""

import time
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command

from analytics_saas.embedded.parts import roles, stores
from analytics_saas.embedded.supervisor import CannotRun, Supervisor, require_disk
from analytics_saas.env import env


class Command(BaseCommand):
    """Start stores, prepare their tables, start the roles, and watch over all of them."""

    help = "Start every part of Daysalt on this machine; Ctrl-C stops all of it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal; one clear sentence when something is in the way."""
        started = time.monotonic()
        supervisor = Supervisor()
        supervisor.stop_on_signals()
        try:
            env.data_dir.mkdir(parents=True, exist_ok=True)
            require_disk(env.data_dir)
            supervisor.start(stores(env))
            call_command("migrate", verbosity=0, interactive=False)
            call_command("migrate_clickhouse")
            supervisor.start(roles(env))
            seconds = time.monotonic() - started
            self.stdout.write(
                f"\nDaysalt is up after {seconds:.1f} s: {env.web_origin}\n"
                f"The collector listens on {env.collector_origin}. Ctrl-C stops everything.\n\n"
            )
            self.stdout.flush()
            supervisor.watch()
        except CannotRun as error:
            raise CommandError(str(error)) from error
        finally:
            supervisor.stop()
