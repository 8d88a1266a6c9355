"""From a checked payload to a Hit, and from there to what the ledger says of it."""

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import redis

from collector import salts
from collector.door.answers import unavailable
from collector.door.requests import Visitor
from collector.drops import Drop
from collector.event import Event
from collector.hit import Hit
from collector.payload import Payload
from collector.pipeline import UNIX, run
from projects.registry import ProjectRules

log = logging.getLogger(__name__)

ACCEPTED = "accepted"
# A thread of its own: while the cache hangs, who waits for a salt must not take the threads by
# which registry and spool are reached.
_asker = ThreadPoolExecutor(1, "salt")
_asked: dict[tuple[str, date], Future[bytearray]] = {}


async def make_hit(payload: Payload, rules: ProjectRules, visitor: Visitor, at: int) -> Hit:
    """Return what the pipeline needs; `at` is a development clock's time or 0 for now.

    Raises Problem with status 503 when the day's salt cannot be had.
    """
    now = UNIX + timedelta(milliseconds=at) if at else datetime.now(UTC)
    local = now.astimezone(ZoneInfo(rules.zone))
    salt = await _find_salt(rules.zone, local.date(), now)
    return Hit(
        payload=payload,
        rules=rules,
        now=now,
        local=local,
        salt=salt,
        address=visitor.address,
        user_agent=visitor.user_agent,
        headers=visitor.headers,
        through_proxy=visitor.through_proxy,
    )


def minute_of(hit: Hit) -> int:
    """Return the minute in which the ledger counts a hit, in seconds since 1970."""
    return int(hit.now.timestamp()) // 60 * 60


def decide(hit: Hit) -> tuple[str, Event | None]:
    """Return what the ledger says of a hit, and the event to store if there is one."""
    try:
        return ACCEPTED, run(hit)
    except Drop as drop:
        return drop.ledger_reason, None


async def _find_salt(zone: str, day: date, now: datetime) -> bytes | bytearray:
    salt = salts.known_salt(zone, day, now)
    if salt is not None:
        return salt
    # Who gives up must not take the answer from the others.
    try:
        return await asyncio.shield(asyncio.wrap_future(_ask(zone, day, now)))
    except (redis.RedisError, OSError) as error:
        log.error("no salt can be agreed on: %s", error)
        raise unavailable("salt_unavailable") from None


def _ask(zone: str, day: date, now: datetime) -> Future[bytearray]:
    """Ask once for all who miss a salt at the same time."""
    asked = _asked.get((zone, day))
    if asked is None or asked.done():
        asked = _asked[(zone, day)] = _asker.submit(salts.salt_for, zone, day, now)
        asked.add_done_callback(lambda _: _asked.pop((zone, day), None))
    return asked
