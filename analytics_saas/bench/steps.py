"""Where the collector's own time goes: microseconds of each step from a request to its entry.

One process and no server: what is missing to `added_us` of `make bench-collector` is the append.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import httptools

from analytics_saas.bench.beacons import make_requests
from analytics_saas.embedded.alone import running_stores
from collector.door.admission import admit_address, admit_events
from collector.door.hits import make_hit
from collector.door.requests import Message, Visitor, read_request, require_plain_body, visitor_of
from collector.door.rulebook import find_rules
from collector.event import Event
from collector.hit import Fields, Hit
from collector.payload import check_beacon, read_beacon
from collector.pipeline import STEPS, Step
from collector.stream import encode_event
from projects import registry
from projects.registry import ProjectRules

ROUNDS = 5
PROJECTS = [f"p_{number:012d}" for number in range(100)]

Given = TypeVar("Given")
Found = TypeVar("Found")


class Clock:
    """The best of several rounds for each step, in microseconds a request."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    def run(self, name: str, step: Callable[[Given], Found], many: Iterable[Given]) -> list[Found]:
        """Call a step for many requests; return what it gave."""
        asked = list(many)
        start = time.perf_counter()
        found = [step(one) for one in asked]
        self._note(name, (time.perf_counter() - start) / len(asked))
        return found

    async def wait(
        self, name: str, step: Callable[[Given], Awaitable[Found]], many: Iterable[Given]
    ) -> list[Found]:
        """Await a step for many requests; return what it gave."""
        asked = list(many)
        start = time.perf_counter()
        found = [await step(one) for one in asked]
        self._note(name, (time.perf_counter() - start) / len(asked))
        return found

    def _note(self, name: str, seconds: float) -> None:
        self.steps[name] = min(seconds * 1e6, self.steps.get(name, float("inf")))


class Arrival:
    """One request as the server hands it over."""

    def __init__(self, raw: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        httptools.HttpRequestParser(self).feed_data(raw)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header as httptools finds it."""
        self.headers.append((name.lower(), value))

    def on_body(self, body: bytes) -> None:
        """Take the body."""
        self.body += body


def main() -> None:
    """Print one JSON line."""
    arrivals = [Arrival(raw) for raw in make_requests(PROJECTS)]
    clock = Clock()
    with running_stores():
        registry.rebuild(
            ProjectRules(number, public_id, "Europe/Berlin")
            for number, public_id in enumerate(PROJECTS, start=1)
        )
        asyncio.run(measure(clock, arrivals))
    told = {name: round(took, 2) for name, took in clock.steps.items()}
    print(json.dumps({"bench": "steps", "own_us": round(sum(told.values()), 1), "us": told}))


async def measure(clock: Clock, arrivals: list[Arrival]) -> None:
    """Send everything through each step in its turn, several times."""
    for _ in range(ROUNDS):
        visitors = clock.run("read request, admit address", admit, arrivals)
        beacons = clock.run("decode body", read_beacon, (one.body for one in arrivals))
        rules = await clock.wait("find project", find_rules, (one.p for one in beacons))
        clock.run("admit project", lambda one: admit_events(one, 0), rules)
        payloads = clock.run("check body", lambda one: check_beacon(one, True), beacons)
        made = zip(payloads, rules, visitors, strict=True)
        hits = await clock.wait("time and salt", lambda given: make_hit(*given, 0), made)
        found = through_pipeline(clock, hits)
        events = clock.run("make event", lambda fields: Event(**fields), found)
        clock.run("encode event", encode_event, events)


def through_pipeline(clock: Clock, hits: list[Hit]) -> list[Fields]:
    """Run each step of the pipeline for all hits; none of them is dropped."""
    found: list[Fields] = [{} for _ in hits]
    for step in STEPS:
        given = zip(hits, found, strict=True)
        for fields, new in zip(found, run_step(clock, step, given), strict=True):
            fields.update(new or {})
    return found


def run_step(clock: Clock, step: Step, given: Iterable[tuple[Hit, Fields]]) -> list[Fields | None]:
    """Run one step of the pipeline under its own name."""
    return clock.run(step.__name__, lambda one: step(*one), given)


async def no_body() -> Message:
    """Stand for the rest of a request, which is not read here."""
    return {}


def admit(arrival: Arrival) -> Visitor:
    """Read the head of a request and count its address."""
    scope: dict[str, Any] = {"headers": arrival.headers, "client": ("127.0.0.1", 1)}
    request = read_request(scope, no_body)
    require_plain_body(request)
    visitor = visitor_of(request)
    admit_address(visitor.address, 0)
    return visitor


if __name__ == "__main__":
    main()
