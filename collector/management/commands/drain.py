"""`manage.py drain`: the drain role, until SIGTERM."""

import signal
from typing import Any

from django.core.management import BaseCommand

from analytics_saas import redis as stores
from analytics_saas.env import env, stop
from collector.drain_role import DrainRole
from collector.shard import Shard


class Command(BaseCommand):
    """Hold what shards are free and carry their entries to the tables."""

    help = "Carry events from the stream to ClickHouse."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until asked to stop."""
        try:
            stores.require_safe_stores()
        except stores.UnsafeStore as error:
            stop(str(error))
        role = DrainRole([Shard(stores.queue(), number) for number in range(env.queue_shards)])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: role.stop())
        role.run()
