"""The drain role: hold a fair share of the shards, each in a lane of its own, until asked to go."""

import logging
import math
import threading
import time
from collections.abc import Callable

import redis

from collector.lane import Lane
from collector.shard import Shard
from collector.shard_count import ShardsChanged
from collector.shares import Shares

log = logging.getLogger(__name__)

# Several tries within the lease, and how long a free shard goes unseen.
TEND_SECONDS = 2.0
# Whoever asks us to stop waits ten seconds and kills then.
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.1


class DrainRole:
    """Tends its lanes from one thread: leases, shares, lanes that have ended.

    `agree` is called once the queue answers; it raises ShardsChanged to end the role, which then
    says why in `refusal`.
    """

    def __init__(
        self, shards: list[Shard], shares: Shares, agree: Callable[[], None] = lambda: None
    ) -> None:
        self._lanes = [Lane(shard) for shard in shards]
        self._shares, self._agree, self._agreed = shares, agree, False
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self.refusal = ""
        # Of a monotonic clock; before the first time nothing is ready.
        self.tended_at = -math.inf

    @property
    def alive(self) -> bool:
        """Whether the thread that tends the lanes runs."""
        return self._keeper.is_alive()

    @property
    def held(self) -> list[Lane]:
        """The lanes that carry."""
        return [lane for lane in self._lanes if lane.staying]

    def stop(self) -> None:
        """Finish the batches under way and return from `run`; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> bool:
        """Carry until asked to stop; True when every lane has ended and not one was abandoned.

        An outage of a store is waited out without limit. To abandon a batch is safe: whoever
        holds its shard next carries the same range again.
        """
        self._keeper.start()
        # No call to a store is made here, so that none can hold up the end.
        while not self._stopping.is_set():
            time.sleep(LOOK_SECONDS)
        return self._end(time.monotonic() + STOP_SECONDS)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._agreed:
                    self._agree()
                    self._agreed = True
                self._tend()
                self.tended_at = time.monotonic()
            except redis.RedisError as error:
                # The fencing number keeps what a lost lease would let through.
                log.error("the drain waits for the queue: %s", error)
            except ShardsChanged as error:
                self.refusal = str(error)
                self.stop()
            except Exception:
                log.exception("the leases were not tended")
            self._stopping.wait(TEND_SECONDS)

    def _tend(self) -> None:
        """Renew what is held, give back what is more than our share, take what is free."""
        for lane in self._lanes:
            if lane.alive and lane.shard.held and not lane.shard.renew():
                log.warning("the lease of shard %d ran out", lane.shard.number)
        share = self._shares.share(len(self._lanes))
        for lane in self.held[share:]:
            log.info("shard %d goes to another drain", lane.shard.number)
            lane.leave()
        for lane in self._lanes:
            if len(self.held) >= share or self._stopping.is_set():
                break
            if not lane.alive and lane.shard.acquire():
                lane.start()

    def _end(self, deadline: float) -> bool:
        self._leave_all()
        # It may have been about to start another lane.
        self._keeper.join(max(0.0, deadline - time.monotonic()))
        self._leave_all()
        farewell = threading.Thread(target=self._say_farewell, daemon=True)
        farewell.start()
        ended = [lane.join(deadline - time.monotonic()) for lane in self._lanes]
        farewell.join(max(0.0, deadline - time.monotonic()))
        if not all(ended):
            log.warning("%d batches are left to the next drain", ended.count(False))
        return all(ended) and not farewell.is_alive()

    def _leave_all(self) -> None:
        for lane in self._lanes:
            lane.leave()

    def _say_farewell(self) -> None:
        try:
            self._shares.leave()
        except redis.RedisError as error:
            log.error("this drain counts as live for a while: %s", error)
