"""The collector role: a raw ASGI app outside Django's request cycle; Django is set up for SQL."""

import os
import sys

import django

from analytics_saas.metrics import share

share("collector")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")
django.setup()

from redis import RedisError  # noqa: E402 - after setup()

from analytics_saas.env import env  # noqa: E402
from analytics_saas.redis import UnsafeStore, queue, require_safe_stores  # noqa: E402
from collector.asgi import application  # noqa: E402 - models need a configured Django
from collector.shard_count import ShardsChanged, require_shards  # noqa: E402

# What gunicorn takes for "cannot boot"; any other code it would answer with a new worker.
CANNOT_BOOT = 3

try:
    require_safe_stores()
    require_shards(queue(), env.queue_shards)
except (UnsafeStore, ShardsChanged) as error:
    print(f"daysalt: {error}", file=sys.stderr)  # noqa: T201 - for the operator
    sys.exit(CANNOT_BOOT)
except RedisError:
    # Whoever starts while the queue is away takes events all the same.
    pass

__all__ = ["application"]
