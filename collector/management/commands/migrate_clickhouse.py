"""`manage.py migrate_clickhouse`: bring ClickHouse's tables up to date."""

from typing import Any

from django.core.management import BaseCommand

from collector import ddl


class Command(BaseCommand):
    """Run the numbered SQL files that have not run yet."""

    help = "Bring ClickHouse's tables up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        """Name every file that ran."""
        for name in ddl.migrate():
            self.stdout.write(f"applied {name}")
