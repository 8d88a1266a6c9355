"""What the web role tells of the queue; the collector's app, which knows it, plugs itself in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """By shard: seconds that the oldest entry waits, and entries that wait. Memory in bytes.

    `most_bytes` 0 = no limit. `dead_letters` arrived in the last 24 hours, None = nobody can tell.
    """

    lags: dict[int, float]
    entries: dict[int, int]
    used_bytes: int
    most_bytes: int
    dead_letters: int | None

    @property
    def lag_seconds(self) -> float:
        """How long the oldest entry of all waits."""
        return max(self.lags.values(), default=0.0)

    def told(self) -> dict[str, float | int | None]:
        """Return it as it stands in the answer of a probe."""
        return {
            "lag_seconds": round(self.lag_seconds, 3),
            "entries": sum(self.entries.values()),
            "used_bytes": self.used_bytes,
            "most_bytes": self.most_bytes,
            "dead_letters_24h": self.dead_letters,
        }


# Returns None while the queue is away.
Read = Callable[[], QueueNumbers | None]
_plugged: list[Read] = []


def plug(read: Read) -> None:
    """Take the way to ask; called once by the app that knows it."""
    _plugged[:] = [read]


def read() -> QueueNumbers | None:
    """Return the numbers, None while the queue is away."""
    return _plugged[0]() if _plugged else None


class QueueCollector(Collector):
    """The same for Prometheus, asked for at each scrape: also while no drain lives to tell."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield nothing while the queue is away."""
        numbers = read()
        if numbers is None:
            return
        lag = "Age of the oldest entry that waits."
        entries = "Entries that no drain has committed."
        yield _by_shard("daysalt_queue_lag_seconds", lag, numbers.lags)
        yield _by_shard("daysalt_queue_entries", entries, numbers.entries)
        used = "Memory the queue's server uses."
        yield GaugeMetricFamily("daysalt_queue_bytes", used, numbers.used_bytes)
        if numbers.dead_letters is not None:
            dead = "Events of the last 24 hours that no table can hold."
            yield GaugeMetricFamily("daysalt_dead_letters_24h", dead, numbers.dead_letters)


def _by_shard(name: str, text: str, values: dict[int, float] | dict[int, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["shard"])
    for shard, value in values.items():
        family.add_metric([str(shard)], value)
    return family
