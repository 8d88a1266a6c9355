"""What a role tells about itself in Prometheus' format."""

import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def percentile(port: int, histogram: str, share: float) -> float | None:
    """Return the upper edge of the bucket that holds a share of all; None without any."""
    buckets: dict[float, float] = {}
    for family in text_string_to_metric_families(_read(port)):
        for sample in family.samples:
            if sample.name == f"{histogram}_bucket":
                edge = float(sample.labels["le"])
                buckets[edge] = buckets.get(edge, 0) + sample.value
    total = max(buckets.values(), default=0)
    return min((edge for edge, many in buckets.items() if many >= share * total > 0), default=None)


def _read(port: int) -> str:
    """Return what stands at /metrics, '' when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""
