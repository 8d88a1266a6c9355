"""What one process knows of the registry: copies that are read anew before they grow old."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Generic, TypeVar, cast

from projects.registry import PartlyKnown, RegistryUnavailable

log = logging.getLogger(__name__)
Value = TypeVar("Value")

UNKNOWN_SECONDS = 1.0
AWAY_SECONDS = 1.0
TELL_SECONDS = 10.0
# Names that nobody has: bounded, since anybody can make them up.
MOST_UNKNOWN = 20_000


class Copies(Generic[Value]):
    """Named values of the registry, each at most `life` seconds old.

    One look-up is under way at a time, in a thread; what is asked for meanwhile is the next one.
    So a flood of made-up names costs the registry no more than its slowest answer allows. With
    `keeps_old`, a copy outlives its time while the registry is away. A registry that knows some
    names only is asked again for the others a second later.
    """

    def __init__(
        self,
        read: Callable[[Collection[str]], dict[str, Value]],
        *,
        life: float,
        keeps_old: bool,
    ) -> None:
        self._read, self._life, self._keeps_old = read, life, keeps_old
        self._known: dict[str, tuple[float, Value]] = {}
        self._unknown: dict[str, float] = {}
        self._doubtful: dict[str, float] = {}
        self._away_until, self._told = 0.0, -TELL_SECONDS
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: set[str] = set()
        self._round: asyncio.Future[None] | None = None
        self._reader: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Start anew, knowing nothing."""
        self._known.clear()
        self._unknown.clear()
        self._doubtful.clear()
        self._away_until = 0.0

    async def find(self, name: str) -> Value | None:
        """Return a value, None when it does not exist for certain. Raises RegistryUnavailable."""
        now = time.monotonic()
        copy = self._known.get(name)
        if copy is not None:
            age = now - copy[0]
            if age < self._life:
                if age > self._life / 2 and now >= self._away_until:
                    self._ask(name)
                return copy[1]
        elif self._unknown.get(name, 0.0) > now:
            return None
        if now >= self._away_until and self._doubtful.get(name, 0.0) <= now:
            # A request that is cancelled must not take the others' answer with it.
            await asyncio.shield(self._ask(name))
        return self._answer(name)

    def _answer(self, name: str) -> Value | None:
        now, copy = time.monotonic(), self._known.get(name)
        if copy is not None and (self._keeps_old or now - copy[0] < self._life):
            return copy[1]
        if copy is None and self._unknown.get(name, 0.0) > now:
            return None
        raise RegistryUnavailable("the registry does not answer")

    def _ask(self, name: str) -> "asyncio.Future[None]":
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._asked, self._round, self._reader = loop, set(), None, None
        self._asked.add(name)
        if self._round is None:
            self._round = loop.create_future()
        if self._reader is None or self._reader.done():
            self._reader = loop.create_task(self._read_all())
        return self._round

    async def _read_all(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, set()
            finished, self._round = self._round, None
            begin = time.monotonic()
            try:
                found = await asyncio.to_thread(self._read, asked)
                self._learn(found, begin)
                self._forget(asked - found.keys())
            except PartlyKnown as error:
                # The type of what it knows is that of what this one reads.
                self._learn(cast("dict[str, Value]", error.known), begin)
                self._doubt(asked - error.known.keys())
                self._tell(error)
            except RegistryUnavailable as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                self._tell(error)
            finally:
                if finished is not None and not finished.done():
                    finished.set_result(None)

    def _learn(self, found: dict[str, Value], begin: float) -> None:
        # Age counts from the question: a change may have come after the registry was read.
        self._known.update((name, (begin, value)) for name, value in found.items())

    def _forget(self, absent: Collection[str]) -> None:
        """Note names that nobody has."""
        for name in absent:
            self._known.pop(name, None)
        _note(self._unknown, absent, UNKNOWN_SECONDS)

    def _doubt(self, absent: Collection[str]) -> None:
        """Note names of which nobody can tell."""
        _note(self._doubtful, absent, AWAY_SECONDS)

    def _tell(self, error: RegistryUnavailable) -> None:
        """Log an outage, though not each look-up in it."""
        if time.monotonic() > self._told + TELL_SECONDS:
            log.error("the registry is away: %s", error)
            self._told = time.monotonic()


def _note(noted: dict[str, float], names: Collection[str], seconds: float) -> None:
    if len(noted) + len(names) > MOST_UNKNOWN:
        noted.clear()
    until = time.monotonic() + seconds
    noted.update((name, until) for name in names)
