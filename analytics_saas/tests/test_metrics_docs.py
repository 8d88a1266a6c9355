"""docs/self-hosting.md names every metric that web and collector show, and no other."""

import re
from importlib import import_module

from prometheus_client import REGISTRY

from analytics_saas import queue_numbers
from analytics_saas.env import BASE_DIR
from analytics_saas.queue_numbers import QueueCollector, QueueNumbers

OURS = r"daysalt_(?:(?:collector|web|queue)_\w+|dead_letters_24h)"


def test_every_metric_is_documented_and_every_documented_one_exists(monkeypatch):
    """A counter ends with _total where Prometheus shows it."""
    for module in ("analytics_saas.request_metrics", "collector.door.metrics"):
        import_module(module)
    numbers = QueueNumbers({0: 0.0}, {0: 0}, 0, 0, 0)
    monkeypatch.setattr(queue_numbers, "read", lambda: numbers)
    families = [*REGISTRY.collect(), *QueueCollector().collect()]
    shown = {one.name + ("_total" if one.type == "counter" else "") for one in families}
    text = (BASE_DIR / "docs" / "self-hosting.md").read_text()
    assert set(re.findall(OURS, text)) == {name for name in shown if re.fullmatch(OURS, name)}
