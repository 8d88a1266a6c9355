"""`manage.py dbt`: build the rollups of closed days."""

import sys
from typing import Any

from django.core.management import BaseCommand, CommandError

from analytics_saas import dbt


class Command(BaseCommand):
    """Run `dbt build` once, its output shown."""

    help = "Build the rollups of closed days."

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit with dbt's code; one clear sentence when it cannot run."""
        try:
            code = dbt.build()
        except dbt.CannotBuild as error:
            raise CommandError(str(error)) from error
        if code:
            sys.exit(code)
