"""Sends made-up traffic through the collector's own app and drains it, on a shard of its own.

The shard lies past those of real traffic: its clock runs through the past, and stream ids only
grow.
"""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import datetime

import msgspec

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.demo.traffic import Beacon
from analytics_saas.env import env
from collector import asgi
from collector.appender import Appender
from collector.door.appending import use_appender
from collector.drain import drain_once
from collector.shard import Shard

QUARTER_MINUTES = 15
DRAIN_EVERY = 5_000


class Refused(Exception):
    """The collector did not take a beacon; the text says which status it answered."""


def send_traffic(beacons: Iterator[Beacon]) -> Iterator[tuple[int, datetime]]:
    """Send and store beacons in order of time; yield how many so far, and up to when.

    Raises Refused, or an error of Redis or ClickHouse.
    """
    shard = Shard(stores.queue(), env.queue_shards)
    shard.forget()
    count, waiting = 0, 0
    with asyncio.Runner() as loop:
        loop.run(_use_own_shard())
        for quarter, group in itertools.groupby(beacons, _quarter):
            sent = list(group)
            loop.run(_send_all(sent))
            count, waiting = count + len(sent), waiting + len(sent)
            if waiting >= DRAIN_EVERY:
                _drain(shard)
                waiting = 0
                yield count, quarter
        _drain(shard)
    shard.forget()


def _quarter(beacon: Beacon) -> datetime:
    minute = beacon.at.minute // QUARTER_MINUTES * QUARTER_MINUTES
    return beacon.at.replace(minute=minute, second=0, microsecond=0)


async def _use_own_shard() -> None:
    use_appender(Appender(stores.queue_async(), 1, first_shard=env.queue_shards))


async def _send_all(beacons: list[Beacon]) -> None:
    # The first one alone: it learns the day's salt, so that the others keep their order.
    await _send(beacons[0])
    await asyncio.gather(*(_send(beacon) for beacon in beacons[1:]))


async def _send(beacon: Beacon) -> None:
    now = int(beacon.at.timestamp() * 1000)
    headers = [
        (b"content-type", b"text/plain"),
        (b"user-agent", beacon.user_agent.encode()),
        (b"x-daysalt-now", str(now).encode()),
    ]
    scope = {
        "type": "http", "method": "POST", "path": beacon.path, "headers": headers,
        "client": (beacon.address, 0),
    }  # fmt: skip
    answers = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": msgspec.json.encode(beacon.body)}

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    await asgi.application(scope, receive, send)  # type: ignore[arg-type] # dicts are mappings
    if answers[0]["status"] != 202:
        raise Refused(f"the collector answered {answers[0]['status']}: {answers[1]['body']!r}")


def _drain(shard: Shard) -> None:
    while shard.acquire() and drain_once(stores.queue(), clickhouse.writer(), shard):
        pass
