"""How much one project and one address may send: counted here, shared once a second.

Nobody is asked per request. Each process counts by itself in windows of ten seconds, and tells
the cache Redis only of those that come near their limit; what the other processes counted comes
back with the answer. Without Redis each process holds the limits alone.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import IPv6Address

import redis
from redis.asyncio import Redis as AsyncRedis

from analytics_saas.client_ip import Address
from collector.daily_key import DailyKey
from collector.problem import Problem

log = logging.getLogger(__name__)

WINDOW_SECONDS = 10
SETTLE_SECONDS = 1.0
HASH_BYTES = 8
# Who stays below a tenth of a limit is nobody else's business.
NEAR = 10
# More at once are not counted, so that memory has a bound (about 10 MB).
MOST_COUNTED = 100_000


class Counts:
    """What was counted of each name in the running window, here and elsewhere."""

    def __init__(self, per_second: int) -> None:
        self.most = per_second * WINDOW_SECONDS
        self._own: dict[int, int] = {}
        self._told: dict[int, int] = {}
        self._others: dict[int, int] = {}
        self._near: set[int] = set()

    def admit(self, name: int, count: int) -> bool:
        """Count, or say that there is no room for it; a limit of 0 has room for everything."""
        if not self.most:
            return True
        own = self._own.get(name, 0) + count
        if own + self._others.get(name, 0) > self.most:
            return False
        if own > count or len(self._own) < MOST_COUNTED:
            self._own[name] = own
            if own * NEAR >= self.most:
                self._near.add(name)
        return True

    def news(self) -> list[tuple[int, int]]:
        """Return the names near their limit, each with what was counted since it was told."""
        return [(name, self._own[name] - self._told.get(name, 0)) for name in self._near]

    def learn(self, told: Iterable[tuple[int, int]], totals: Iterable[int]) -> None:
        """Take over what all processes counted together, in the order of what was told."""
        for (name, count), total in zip(told, totals, strict=True):
            self._told[name] = self._told.get(name, 0) + count
            self._others[name] = total - self._told[name]

    def clear(self) -> None:
        """Begin a new window."""
        for counted in (self._own, self._told, self._others, self._near):
            counted.clear()


class Limits:
    """The limits of one process, in events and requests per second; 0 = none."""

    def __init__(self, project_events: int, address_requests: int) -> None:
        self._projects, self._addresses = Counts(project_events), Counts(address_requests)
        self._window = 0
        self.key = DailyKey()

    def admit_project(self, project_id: int, events: int = 1) -> None:
        """Count a project's events. Raises Problem with status 429."""
        now = self._turn()
        if not self._projects.admit(project_id, events):
            per_second = self._projects.most // WINDOW_SECONDS
            text = f"A project may send {per_second} events a second; send fewer, or ask for more."
            raise _over("project_rate_limit", text, now)

    def admit_address(self, address: Address) -> None:
        """Count a request of an address, of which only a keyed hash is held. Raises Problem."""
        now = self._turn()
        if self._addresses.most and not self._addresses.admit(self._hash(address), 1):
            per_second = self._addresses.most // WINDOW_SECONDS
            text = f"One address may send {per_second} requests a second; wait and send fewer."
            raise _over("address_rate_limit", text, now)

    def _hash(self, address: Address) -> int:
        packed = address.packed[:8] if isinstance(address, IPv6Address) else address.packed
        return int.from_bytes(blake2b(packed, key=self.key.value, digest_size=HASH_BYTES).digest())

    def _turn(self) -> float:
        now = time.time()
        if now // WINDOW_SECONDS != self._window:
            self._window = int(now // WINDOW_SECONDS)
            self._projects.clear()
            self._addresses.clear()
        return now

    async def settle(self, client: AsyncRedis) -> None:
        """Exchange counts with the other processes. Raises redis.RedisError."""
        now = self._turn()
        if await self.key.agree(client, now):
            # What was counted under the old key ends with its window.
            self._addresses.clear()
        window, told = self._window, [self._projects.news(), self._addresses.news()]
        if not any(told):
            return
        pipe = client.pipeline(transaction=False)
        for kind, counts in zip(("project", "address"), told, strict=True):
            place = f"limits:{kind}:{window}"
            for name, count in counts:
                pipe.hincrby(place, str(name), count)
            pipe.expire(place, 2 * WINDOW_SECONDS)
        totals = await pipe.execute()
        if window == self._window:
            projects = len(told[0])
            self._projects.learn(told[0], totals[:projects])
            self._addresses.learn(told[1], totals[projects + 1 : -1])


def _over(code: str, message: str, now: float) -> Problem:
    wait = WINDOW_SECONDS - int(now % WINDOW_SECONDS)
    return Problem(429, code, None, message, wait)


async def settle_for_ever(limits: Limits, client: AsyncRedis) -> None:
    """Settle every second; while Redis is away, each process counts alone."""
    while True:
        try:
            await limits.settle(client)
        except (redis.RedisError, OSError) as error:
            log.debug("limits are not shared: %s", error)
        await asyncio.sleep(SETTLE_SECONDS)
