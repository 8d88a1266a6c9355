"""`manage.py drain`: the drain role, until SIGTERM."""

import gc
import logging
import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from analytics_saas import redis as stores
from analytics_saas.env import env, stop
from collector.drain_probes import Probes
from collector.drain_role import DrainRole
from collector.shard import Shard
from collector.shard_count import require_shards
from collector.shares import Shares


class Command(BaseCommand):
    """Hold a fair share of the shards and carry their entries to the tables."""

    help = "Carry events from the stream to ClickHouse."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where DRAIN_PORT is opened."""
        parser.add_argument("--bind", default="127.0.0.1", help="address of DRAIN_PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until asked to stop; a batch that hangs then is left to the next drain."""
        try:
            stores.require_safe_stores()
        except stores.UnsafeStore as error:
            stop(str(error))
        _collect_garbage_rarely()
        queue, shards = stores.queue(), env.queue_shards
        role = DrainRole(
            [Shard(queue, number) for number in range(shards)],
            Shares(queue),
            lambda: require_shards(queue, shards),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: role.stop())
        _open_probes(role, options["bind"])
        ended = role.run()
        if role.refusal:
            stop(role.refusal)
        if not ended:
            # The interpreter's own end would wait for what hangs, or stumble over it.
            logging.shutdown()
            os._exit(0)


def _collect_garbage_rarely() -> None:
    """Events and visits hold no cycles, and are too many to be looked through all the time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _open_probes(role: DrainRole, address: str) -> None:
    if env.drain_port:
        try:
            Probes(role, address, env.drain_port)
        except OSError as error:
            stop(
                f"port {env.drain_port} cannot be opened ({error.strerror}): give each drain on a "
                "machine a DRAIN_PORT of its own, or 0 for none"
            )
