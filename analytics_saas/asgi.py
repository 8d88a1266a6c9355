"""The collector role: a raw ASGI app outside Django's request cycle; Django is set up for SQL."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")
django.setup()

from analytics_saas.redis import UnsafeStore, require_safe_stores  # noqa: E402 - after setup()
from collector.asgi import application  # noqa: E402 - models need a configured Django

# What gunicorn takes for "cannot boot"; any other code it would answer with a new worker.
CANNOT_BOOT = 3

try:
    require_safe_stores()
except UnsafeStore as error:
    print(f"daysalt: {error}", file=sys.stderr)  # noqa: T201 - for the operator
    sys.exit(CANNOT_BOOT)

__all__ = ["application"]
