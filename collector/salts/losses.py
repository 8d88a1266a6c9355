"""Notices when a day goes on with another salt than it began with, and marks it in the ledger."""

import logging
from collections import defaultdict
from datetime import datetime
from typing import cast

from analytics_saas.env import env
from analytics_saas.redis import queue
from collector import stream
from collector.salts import memory
from collector.salts.days import local_day
from collector.salts.memory import Place
from collector.salts.salt import Salt
from collector.transform import SALT_LOST
from projects import registry

log = logging.getLogger(__name__)


class Losses:
    """Remembers which salts were compared with the durable queue, which knows their names only."""

    def __init__(self) -> None:
        self._compared: dict[Place, bytes] = {}

    def tell(self, now: datetime) -> None:
        """Compare each salt of a running day. Raises redis.RedisError or RegistryUnavailable."""
        held = memory.held()
        for place, salt in held.items():
            if self._compared.get(place) != salt.header and local_day(place[0], now) == place[1]:
                compare(place, salt, now)
                self._compared[place] = salt.header
        self._compared = {place: name for place, name in self._compared.items() if place in held}


def used_key(place: Place) -> str:
    """Return the key, in the queue Redis, of the name of the salt that a day goes on with."""
    return f"salt-used:{place[0]}:{place[1].isoformat()}"


def compare(place: Place, salt: Salt, now: datetime) -> None:
    """Mark a loss if the day's visitors were hashed with another salt before."""
    key = used_key(place)
    before = cast(bytes | None, queue().set(key, salt.header, nx=True, get=True, pxat=salt.until))
    if before is None or before == salt.header:
        return
    log.warning(
        "the salt of %s in %s was lost: visitors counted before are counted again",
        place[1],
        place[0],
    )
    mark(place[0], f"{key}:{bytes(before).hex()}:{salt.header.hex()}", now)
    queue().set(key, salt.header, pxat=salt.until)


def mark(zone: str, key: str, now: datetime) -> None:
    """Put the mark into the ledger of every project of a zone; a repeat of the key adds nothing."""
    minute = int(now.timestamp()) // 60 * 60
    cells = defaultdict(list)
    for rules in registry.everyone_known():
        if rules.zone == zone:
            shard = stream.shard_of(rules.id, env.queue_shards)
            cells[shard].append((rules.id, minute, SALT_LOST, 1))
    for shard, drops in cells.items():
        stream.append_drops(queue(), shard, drops, key)
