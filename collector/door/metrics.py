"""GET /metrics: what the collector's processes counted, for Prometheus."""

import asyncio

from prometheus_client import Counter, Gauge, Histogram

from analytics_saas.metrics import TRACES, exposition, may_read
from collector import tally
from collector.door.answers import NO_STORE, Answer, nothing_here
from collector.door.appending import appender
from collector.door.hits import ACCEPTED
from collector.door.requests import Request, joined

TELL_SECONDS = 1.0
BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

REQUESTS = Counter("daysalt_collector_requests", "Answers, by status.", ["status"])
ACCEPTED_EVENTS = Counter("daysalt_collector_events_accepted", "Events on disk, to be stored.")
DROPPED_EVENTS = Counter(
    "daysalt_collector_events_dropped", "Events that are counted as dropped, by reason.", ["reason"]
)
APPENDS = Histogram(
    "daysalt_collector_append_seconds",
    "Until a batch is on disk, in the queue or in the spool.",
    buckets=BUCKETS,
)
SPOOL_BYTES = Gauge(
    "daysalt_collector_spool_bytes",
    "What living processes have in the spool.",
    multiprocess_mode="livesum",
)
SHEDDING = Gauge(
    "daysalt_collector_shedding",
    "1 while a process finds the queue too full to be used.",
    multiprocess_mode="livemax",
)
WAITING_BYTES = Gauge(
    "daysalt_collector_waiting_bytes",
    "What waits in memory for its append.",
    multiprocess_mode="livesum",
)


async def metrics(request: Request) -> Answer:
    """Answer everything, to those who may read it."""
    client = request.scope.get("client")
    headers = request.headers
    if client is None or not may_read(
        client[0],
        joined(request, b"x-forwarded-for"),
        joined(request, b"forwarded"),
        any(name.encode() in headers for name in TRACES),
    ):
        raise nothing_here()
    tell()
    body, kind = exposition()
    return 200, [(b"content-type", kind.encode()), NO_STORE], body


def tell() -> None:
    """Hand over what was counted since the last time."""
    for status, count in tally.take_statuses().items():
        REQUESTS.labels(status).inc(count)
    for reason, count in tally.take_outcomes().items():
        if reason == ACCEPTED:
            ACCEPTED_EVENTS.inc(count)
        else:
            # Bots have names, of which there are hundreds.
            DROPPED_EVENTS.labels(reason.partition(":")[0]).inc(count)
    for seconds in tally.take_appends():
        APPENDS.observe(seconds)
    ours = appender()
    SPOOL_BYTES.set(ours.spooled_bytes)
    SHEDDING.set(ours.shedding)
    WAITING_BYTES.set(ours.waiting_bytes)


async def tell_for_ever() -> None:
    """Hand over every second, so that a scrape by any process tells of all."""
    while True:
        tell()
        await asyncio.sleep(TELL_SECONDS)
