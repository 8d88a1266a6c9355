"""`manage.py migrate_clickhouse`: bring ClickHouse's tables up to date."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from analytics_saas import clickhouse
from collector import ddl


class Command(BaseCommand):
    """Run the numbered SQL files that have not run yet, or only tell which."""

    help = "Bring ClickHouse's tables up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Only look, for a deployment that asks whether there is something to do."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 if anything is pending"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        """Name every file that ran, or would run."""
        try:
            if check:
                self._tell([step.name for step in ddl.pending(clickhouse.writer())])
                return
            for name in ddl.migrate():
                self.stdout.write(f"applied {name}")
        except ddl.SchemaRefused as error:
            raise CommandError(str(error)) from None

    def _tell(self, waiting: list[str]) -> None:
        for name in waiting:
            self.stdout.write(f"pending {name}")
        if waiting:
            sys.exit(1)
        self.stdout.write("nothing is pending")
