"""A hundred midnights on two hosts without a mirror, while one of them or the cache fails.

A visitor's path is their name, so that what the stream holds says who was split.
"""

import json
import random
import signal
import sys
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime

import msgspec

from analytics_saas import redis as stores
from analytics_saas.audit import processes
from analytics_saas.audit.product import running_stores, spawn_collector, tell, wait_until
from analytics_saas.audit.sites import CHROME, Door, make_projects
from analytics_saas.audit.zones import make_zone, whole
from analytics_saas.embedded.alone import free_port
from analytics_saas.embedded.parts import answers
from analytics_saas.env import env
from collector import ranges, stream

ROTATIONS = 100
FIRST_SECONDS, EVERY_SECONDS, LAST_SECONDS = 20, 0.8, 6
VISITORS = [(f"81.20.30.{number}", f"{CHROME} v{number}") for number in (1, 2)]
# A host has no mirror of another's salts, and one visitor here sends more than people do.
ALONE = {
    "SALT_MIRROR_DIR": "",
    "PROJECT_EVENTS_PER_SECOND": "0",
    "ADDRESS_REQUESTS_PER_SECOND": "0",
}
# So long after a flush a fresh host has learned everything from the other one.
SETTLED_SECONDS = 5


class Host:
    """One collector that can be killed and started again."""

    def __init__(self, name: str) -> None:
        self.name, self.port = name, free_port()
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = spawn_collector(self.port, ALONE)
        wait_until(lambda: answers(f"http://127.0.0.1:{self.port}/healthz"), f"host {self.name}")

    def kill(self) -> None:
        """End it at once, with its workers."""
        family = [self._process.pid, *processes.descendants(self._process.pid)]
        processes.send(family, signal.SIGKILL)
        self._process.wait()


def main() -> None:
    """Print one JSON line; end with 1 when a visitor was split or a midnight was missed."""
    with running_stores():
        first = whole(datetime.now(UTC), FIRST_SECONDS)
        midnights = [whole(first, number * EVERY_SECONDS) for number in range(ROTATIONS)]
        zones = [make_zone(f"Audit/{n}", midnight) for n, midnight in enumerate(midnights)]
        projects = make_projects(zones)
        hosts = [Host("a"), Host("b")]
        try:
            disturb_and_send(hosts, projects, midnights[-1])
            rotations, splits = judge()
            lose_everything(hosts, projects)
            control = judge()[1]
        finally:
            for host in hosts:
                host.kill()
    tell(f"{rotations} of {ROTATIONS} midnights were seen from both sides on both hosts")
    tell(f"once both hosts and the cache were lost at one time, {control} visitors were split")
    print(json.dumps({"test": "rotation", "split_visitors": splits}))
    sys.exit(1 if splits or rotations < ROTATIONS or not control else 0)


def disturb_and_send(hosts: list[Host], projects: list[str], last: datetime) -> None:
    """Send to both hosts until after the last midnight; meanwhile something fails all the time."""
    over = threading.Event()
    answered: dict[int, int] = defaultdict(int)
    senders = [threading.Thread(target=send, args=(h, projects, over, answered)) for h in hosts]
    for sender in senders:
        sender.start()
    restarts = flushes = 0
    time.sleep(SETTLED_SECONDS)
    while (datetime.now(UTC) - last).total_seconds() < LAST_SECONDS:
        if random.random() < 0.5:
            restart(random.choice(hosts))
            restarts += 1
        stores.cache().flushall()
        flushes += 1
        time.sleep(SETTLED_SECONDS)
    over.set()
    for sender in senders:
        sender.join()
    tell(f"{flushes} flushes, {restarts} restarts, answers by status: {dict(answered)}")


def restart(host: Host) -> None:
    """Kill a host; the cache is lost at some moment of its start."""
    host.kill()
    losing = threading.Timer(random.random() * 2, stores.cache().flushall)
    losing.start()
    host.start()
    losing.join()
    time.sleep(random.random())


def lose_everything(hosts: list[Host], projects: list[str]) -> None:
    """Split every visitor on purpose: nobody is left who knows a salt."""
    for host in hosts:
        host.kill()
    stores.cache().flushall()
    for host in hosts:
        host.start()
    door = Door(hosts[0].port)
    for project in projects:
        door.view(project, VISITORS[0], "0", host=hosts[0].name)


def send(host: Host, projects: list[str], over: threading.Event, answered: dict[int, int]) -> None:
    """Let every visitor look at every project, again and again."""
    door = Door(host.port)
    while not over.is_set():
        for project in projects:
            for number, visitor in enumerate(VISITORS):
                answered[door.view(project, visitor, str(number), host=host.name)] += 1
        time.sleep(0.1)


def judge() -> tuple[int, int]:
    """Return how many projects' midnights were seen, and how many visitors have two ids."""
    ids, sides = defaultdict(set), defaultdict(set)
    for shard in range(env.queue_shards):
        after = "0"
        while rows := ranges.read_range(stores.queue(), shard, after, "+", 1000):
            after = rows[-1][0]
            for _, raw in rows:
                for event in msgspec.msgpack.decode(raw, type=stream.Entry).events:
                    ids[(event.project_id, event.local_date, event.path)].add(event.visitor_id)
                    sides[event.project_id].add((event.local_date, event.hostname))
    # Two hosts on two days.
    return sum(len(side) == 4 for side in sides.values()), sum(len(one) > 1 for one in ids.values())


if __name__ == "__main__":
    main()
