"""Requests of many visitors: page views, events, engagement, refused and malformed ones."""

import json
import random

from analytics_saas.bench.beacons import HEADERS, user_agent
from analytics_saas.chaos.projects import PROJECTS, project_of
from analytics_saas.demo.people import CAMPAIGNS, PAGES, SOURCES

VISITORS = 10_000
# A body's id has a fixed width, so that each body's length is known ahead.
ID_WIDTH = 12
MARK = "#" * ID_WIDTH
ADDED = {"private": "Sec-GPC: 1\r\n"}
# Kinds and how many of a hundred are of each.
KINDS = {"pageview": 66, "signup": 10, "quiet": 5, "engagement": 16, "private": 2, "malformed": 1}
VARIANTS = 200


class Requests:
    """Makes the request of an id; the same chances in every run, other visitors each time."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._visitors = [self._head() for _ in range(VISITORS)]
        self._bodies = [self._templates(project) for project in PROJECTS]

    def make(self, identity: int) -> bytes:
        """Return the raw request of an event with this id in its property `m`."""
        line, rest = self._chance.choice(self._bodies[project_of(identity) - 1])
        return line + self._chance.choice(self._visitors) + rest % identity

    def _head(self) -> bytes:
        chance = self._chance
        address = f"{chance.randint(11, 99)}.{chance.randint(0, 255)}.{chance.randint(0, 255)}.7"
        text = HEADERS.format(length=0, user_agent=user_agent(chance), address=address)
        lines = (line for line in text.splitlines() if not line.startswith("Content-Length"))
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _templates(self, project: str) -> list[tuple[bytes, bytes]]:
        kinds = self._chance.choices(list(KINDS), list(KINDS.values()), k=VARIANTS)
        return [self._template(kind, project) for kind in kinds]

    def _template(self, kind: str, project: str) -> tuple[bytes, bytes]:
        body = json.dumps(self._beacon(kind, project), separators=(",", ":"))
        path = "pageview" if kind in ("pageview", "private", "malformed") else "event"
        head = f"{ADDED.get(kind, '')}Content-Length: {len(body)}\r\n\r\n"
        text = f"{head}{body}".replace("%", "%%").replace(MARK, f"%0{ID_WIDTH}d")
        return f"POST /{path} HTTP/1.1\r\n".encode(), text.encode()

    def _beacon(self, kind: str, project: str) -> dict[str, object]:
        chance = self._chance
        page = chance.choice(PAGES).value + chance.choice(CAMPAIGNS).value
        beacon = {"p": project, "u": f"https://shop.example{page}", "m": {"m": MARK}}
        if kind in ("pageview", "private"):
            return beacon | {"r": chance.choice(SOURCES).value, "w": 1280}
        if kind == "malformed":
            return beacon | {"w": 99_999}
        if kind == "engagement":
            return beacon | {"n": kind, "e": chance.randint(1, 60_000), "s": chance.randint(0, 100)}
        return beacon | {"n": kind, "i": kind == "signup"}
