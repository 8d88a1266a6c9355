"""What a drain counts, for Prometheus."""

from prometheus_client import PROCESS_COLLECTOR, CollectorRegistry, Counter, Histogram

COMMIT_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)

EVENTS = Counter("daysalt_drain_events", "Events stored and committed.")
COMMIT_SECONDS = Histogram(
    "daysalt_drain_commit_seconds", "How long a commit takes.", buckets=COMMIT_BUCKETS
)
FAILURES = Counter("daysalt_drain_failures", "Tries that failed, by kind.", ["kind"])
DEAD_LETTERS = Counter("daysalt_dead_letters", "Events that no table can hold.", ["reason"])


def own_metrics() -> CollectorRegistry:
    """Return a registry of these and of the process: the default one has those of the web role too.

    The drain loads Django's addresses as every role does, and with them what they count.
    """
    registry = CollectorRegistry()
    for one in (PROCESS_COLLECTOR, EVENTS, COMMIT_SECONDS, FAILURES, DEAD_LETTERS):
        registry.register(one)
    return registry
