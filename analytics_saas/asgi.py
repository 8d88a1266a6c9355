"""The collector role: a raw ASGI app outside Django's request cycle; Django is set up for SQL."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")
django.setup()

from collector.asgi import application  # noqa: E402 - models need a configured Django

__all__ = ["application"]
