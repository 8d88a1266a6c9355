"""`manage.py replay_dead`: send dead letters again, as new arrivals."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime, time
from typing import Any

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.core.management import BaseCommand, CommandError

from analytics_saas import clickhouse, dbt
from analytics_saas.env import env
from analytics_saas.redis import queue
from collector.dead_letters import Choice
from collector.redelivery import NoRoom, Redelivery, Told
from collector.shard import Shard
from projects import registry

NOBODY = "none"
WAITS = (NoRoom, dbt.CannotBuild, registry.RegistryUnavailable)
AWAY = (redis.RedisError, ClickHouseError, OSError)


class Command(BaseCommand):
    """Send what can be read by now; what cannot stays, and is told."""

    help = "Send dead letters again, as new arrivals; may be stopped and run again at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which letters, how many, and whether only to look."""
        parser.add_argument(
            "--project", default="", help=f"of one project (p_…), or {NOBODY}: nobody knows whose"
        )
        parser.add_argument("--reason", default="", help="of one reason, as the ledger names it")
        parser.add_argument("--before", default="", help="of before a date in UTC, YYYY-MM-DD")
        parser.add_argument("--limit", type=_whole, default=None, help="at most so many letters")
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing, tell what would happen"
        )

    def handle(self, *args: Any, limit: int | None, dry_run: bool, **options: Any) -> None:
        """Send, and tell by project and reason what became of how many."""
        try:
            choice = Choice(
                _moment(options["before"]), _project(options["project"]), options["reason"]
            )
            shards = [Shard(queue(), number) for number in range(env.queue_shards)]
            run = Redelivery(clickhouse.writer(), queue(), shards)
            self._tell(run.run(choice, most=limit, is_trial=dry_run), dry_run)
        except (*WAITS, *AWAY) as error:
            reason = str(error).splitlines()[0]
            raise CommandError(f"{reason}; nothing is lost, run it again") from None

    def _tell(self, told: Told, is_trial: bool) -> None:
        names = {rules.id: rules.public_id for rules in registry.everyone()}
        for (project_id, reason, fate), count in sorted(told.items()):
            name = names.get(project_id, f"project {project_id}" if project_id else "nobody's")
            self.stdout.write(f"{name} {reason}: {count} {fate}")
        if not told:
            self.stdout.write("there is no dead letter of this kind")
        elif is_trial:
            self.stdout.write("this was a trial: nothing is changed")


def _whole(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**12:
        raise ArgumentTypeError(f"must be a whole number from 1 on, not {text!r}")
    return int(text)


def _project(text: str) -> int | None:
    if not text:
        return None
    if text == NOBODY:
        return 0
    found = registry.find(text)
    if found is None:
        raise CommandError(f"--project: there is no project {text[:40]}")
    return found.id


def _moment(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise CommandError(f"--before must be a date as 2026-03-31, not {text[:40]!r}") from None
