"""A Django view that appends each request to a stream of its own making, one XADD a request."""

import json

import django
import redis
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from analytics_saas.env import env

STREAM = "bench:django"

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[])
django.setup()
_queue = redis.Redis.from_url(env.redis_queue_url)


def pageview(request: HttpRequest) -> HttpResponse:
    """Store the beacon as it came."""
    beacon = json.loads(request.body)
    _queue.xadd(STREAM, {"b": json.dumps(beacon)})
    return HttpResponse(status=202)


urlpatterns = [path("pageview", pageview)]
application = get_wsgi_application()
