"""A thread of each collector process that looks after its salts once a second."""

import logging
import resource
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import redis

from collector.salts import memory, mirror, shelf
from collector.salts.agreement import agree, look, others_have_spoken
from collector.salts.days import AHEAD_OF_EXPIRY, GRACE, ahead, day_end, local_day
from collector.salts.losses import Losses
from collector.salts.memory import Place
from collector.salts.wire import wire
from projects import registry
from projects.registry import RegistryUnavailable

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class Keeper:
    """Wipes what is over, re-asserts what is known, makes tomorrow's, mirrors, tells of losses."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="salts", daemon=True)
        self._mirrored: dict[Place, bytes] = {}
        self._losses = Losses()
        self._loaded = False
        self._failing: set[str] = set()

    def start(self) -> None:
        """Begin to look after the salts."""
        # A core dump would carry them.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        self._thread.start()

    def stop(self) -> None:
        """End, and wipe what this process holds; the cache and the mirror keep theirs."""
        self._stopping.set()
        self._thread.join(5)
        memory.wipe_all()

    def tick(self, now: datetime) -> None:
        """Do everything once; a step that fails is tried again at the next tick."""
        memory.wipe_condemned()
        steps = (end_days, self._load, reassert, make_ahead, self._mirror, self._losses.tell)
        for step in steps:
            self._attempt(step, now)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick(datetime.now(UTC))
            except Exception:
                log.exception("the keeper of the salts failed")
            self._stopping.wait(TICK_SECONDS)

    def _attempt(self, step: Callable[[datetime], None], now: datetime) -> None:
        name = step.__name__
        try:
            step(now)
        except (redis.RedisError, RegistryUnavailable, OSError) as error:
            if name not in self._failing:
                log.warning("salts: %s waits: %s", name.strip("_"), error)
            self._failing.add(name)
        else:
            self._failing.discard(name)

    def _load(self, now: datetime) -> None:
        """Learn at the start what the others know, so that this process may go on alone."""
        if self._loaded:
            return
        zones = registry.zones()
        with wire() as line:
            for zone in zones:
                place = (zone, local_day(zone, now))
                if place not in memory.held() and (found := look(line, place, now)):
                    memory.keep(place, found)
        self._loaded = others_have_spoken()

    def _mirror(self, now: datetime) -> None:
        held = memory.held()
        for place, salt in held.items():
            # Those of a development clock have no place among the files of real days.
            news = self._mirrored.get(place) != salt.header
            if news and salt.until == day_end(*place) + GRACE and (folder := mirror.folder()):
                mirror.write(folder, place, salt)
        self._mirrored = {place: salt.header for place, salt in held.items()}
        mirror.sweep_all(now)


def end_days(now: datetime) -> None:
    """Give up every salt whose time is over; overwrite and delete it in the cache."""
    over = [place for place, salt in memory.held().items() if salt.until - AHEAD_OF_EXPIRY <= now]
    for place in over:
        memory.condemn(place)
    if over:
        with wire() as line:
            for place in over:
                shelf.erase(line, place)


def reassert(now: datetime) -> None:
    """Compare each salt's name with the cache's: put back what is missing; the older one wins."""
    # An emptied cache begins to age here, so that who needs a new salt waits no longer.
    shelf.age(shelf.clock())
    held = memory.held()
    pairs = zip(held.items(), shelf.headers(list(held)), strict=True) if held else ()
    differing = [(place, salt) for (place, salt), header in pairs if header != salt.header]
    if differing:
        with wire() as line:
            for place, salt in differing:
                memory.keep(place, shelf.offer(line, place, salt, now))


def make_ahead(now: datetime) -> None:
    """Hold tomorrow's salt of each zone that is used today."""
    held = memory.held()
    used = [zone for zone, day in held if day == local_day(zone, now)]
    missing = [place for zone in used if (place := (zone, ahead(zone, now))) not in held]
    if missing and others_have_spoken():
        with wire() as line:
            for place in missing:
                memory.keep(place, agree(line, place))


_keeper: Keeper | None = None


def start() -> None:
    """Let a thread of this process look after its salts, if none does."""
    global _keeper
    if _keeper is None:
        _keeper = Keeper()
        _keeper.start()


def stop() -> None:
    """End that thread; this process holds no salt then."""
    global _keeper
    if _keeper is not None:
        _keeper.stop()
        _keeper = None
