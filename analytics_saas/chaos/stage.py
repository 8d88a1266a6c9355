"""A rig whose collector, drain and engine can be started to end at a point, and a small sender."""

import os
import signal
import socket
import time
from multiprocessing.process import BaseProcess

from analytics_saas.chaos.lag import client, end_leases, spooled
from analytics_saas.chaos.load import outcome_of
from analytics_saas.chaos.nursery import Nursery
from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.poison import append_poison
from analytics_saas.chaos.requests import Requests
from analytics_saas.chaos.rig import Rig
from analytics_saas.chaos.steady import wait_until
from analytics_saas.failpoints import COLLECTOR, DRAIN, EXIT_CODE

AT_ONCE = 4
# Longer than a stalled queue is waited for.
PATIENCE_SECONDS = 5.0
DEATH_SECONDS = 30.0


def owner(point: str) -> str:
    """Return the part that has a point."""
    return "collector" if point in COLLECTOR else "drain" if point in DRAIN else "clickhouse"


class Stage:
    """The parts and what was sent to them."""

    def __init__(self, rig: Rig, nursery: Nursery) -> None:
        self.rig, self.outcomes = rig, Outcomes()
        self._nursery, self._requests = nursery, Requests(1)
        self._roles: dict[str, BaseProcess] = {}
        self.start("collector")
        self.start("drain")

    def start(self, part: str, point: str = "") -> None:
        """Start a part anew, armed with a point or not; what ran is killed, the queue is back."""
        self.queue_back()
        if part == "clickhouse":
            self.rig.hold_down(part)
            self.rig.start(part, {"FAILPOINT": point})
            self.rig.wait_until_ready(part)
            return
        if (old := self._roles.get(part)) is not None:
            if old.exitcode is None and old.pid:
                os.kill(old.pid, signal.SIGKILL)
            old.join()
        if part == "drain":
            end_leases(self.rig)
            self._roles[part] = self._nursery.drain(point)
        else:
            self._roles[part] = self._nursery.collector(point)
            if point != "replayed":
                wait_until(lambda: self.code(part) is not None or self._listens(), "a collector")

    def code(self, part: str) -> int | None:
        """Return how a part ended, None while it runs."""
        if part == "clickhouse":
            return self.rig.processes[part].poll()
        return self._roles[part].exitcode

    def stop(self) -> None:
        """End the roles."""
        for role in self._roles.values():
            role.kill()
            role.join()

    def wait_for_crash(self, point: str) -> bool:
        """Make the armed part reach its point; False when it does not."""
        part, deadline = owner(point), time.monotonic() + DEATH_SECONDS
        while self.code(part) is None and time.monotonic() < deadline:
            if point == "spooled" or (point == "replayed" and not spooled(self.rig)):
                self._queue_outage(back=point == "replayed")
            elif point != "replayed":
                self.send()
                append_poison(client(self.rig.queue_socket))
            time.sleep(0.02)
        return self.code(part) == EXIT_CODE

    def send(self) -> None:
        """Send a few events at once and read the answers, if any come."""
        under_way = []
        for _ in range(AT_ONCE):
            try:
                place = ("127.0.0.1", self.rig.collector_port)
                connection = socket.create_connection(place, PATIENCE_SECONDS)
            except OSError:
                continue
            identity = self.outcomes.begin(time.monotonic())
            under_way.append((identity, connection))
            connection.sendall(self._requests.make(identity))
        for identity, connection in under_way:
            with connection:
                self.outcomes.end(identity, _read(connection), time.monotonic())

    def _queue_outage(self, back: bool) -> None:
        self.rig.hold_down("queue")
        self.send()
        if back:
            self.queue_back()

    def queue_back(self) -> None:
        """Start the queue, if it is down."""
        if "queue" in self.rig.down:
            self.rig.start("queue")
            self.rig.wait_until_ready("queue")

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.rig.collector_port), 1).close()
        except OSError:
            return False
        return True


def _read(connection: socket.socket) -> Outcome:
    answer = b""
    try:
        while b"\r\n\r\n" not in answer:
            piece = connection.recv(4_096)
            if not piece:
                return Outcome.UNKNOWN
            answer += piece
    except OSError:
        return Outcome.UNKNOWN
    return outcome_of(answer[9:12], answer)
