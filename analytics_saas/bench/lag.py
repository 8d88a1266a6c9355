"""How long events take from being sent to being found in the tables."""

import asyncio
import time
from dataclasses import dataclass, field

from analytics_saas import clickhouse

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 60
SQL = "SELECT path FROM events WHERE project_id = {project:UInt32}"


@dataclass(slots=True)
class Lag:
    """When each page of a project was sent and first found; every page is sent once."""

    project: int
    sent: dict[str, float] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)

    async def watch(self, until: asyncio.Event) -> None:
        """Look for new pages until told to stop, and then until all that were sent are found."""
        deadline = float("inf")
        while not until.is_set() or len(self.found) < len(self.sent):
            if until.is_set():
                deadline = min(deadline, time.perf_counter() + PATIENCE_SECONDS)
            if time.perf_counter() > deadline:
                return
            paths = await asyncio.to_thread(self._stored)
            now = time.perf_counter()
            for path in paths:
                self.found.setdefault(path, now)
            await asyncio.sleep(LOOK_SECONDS)

    def seconds(self, paths: list[str]) -> list[float]:
        """Return how long each of these took; infinite for one that was never found."""
        return [self.found.get(path, float("inf")) - self.sent[path] for path in paths]

    def _stored(self) -> list[str]:
        rows = clickhouse.reader().query(SQL, parameters={"project": self.project}).result_rows
        return [row[0] for row in rows]
