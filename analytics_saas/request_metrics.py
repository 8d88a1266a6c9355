"""Counts the web role's answers, and shows them to Prometheus."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from analytics_saas.metrics import TRACES, exposition, may_read
from analytics_saas.queue_numbers import QueueCollector

REQUESTS = Counter("daysalt_web_requests", "Answers, by method and status.", ["method", "status"])
SECONDS = Histogram("daysalt_web_request_seconds", "Until an answer begins.")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count_requests(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Count every answer but those to probes, which answer ahead of it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        begin = time.perf_counter()
        response = get_response(request)
        SECONDS.observe(time.perf_counter() - begin)
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, response.status_code).inc()
        return response

    return middleware


def is_for_us(request: HttpRequest) -> bool:
    """Tell whether a request may read numbers that are not for the public."""
    meta = request.META
    return may_read(
        meta.get("REMOTE_ADDR", ""),
        meta.get("HTTP_X_FORWARDED_FOR", ""),
        meta.get("HTTP_FORWARDED", ""),
        any(name in request.headers for name in TRACES),
    )


def metrics(request: HttpRequest) -> HttpResponse | None:
    """GET /metrics; None for those to whom it does not exist."""
    if not is_for_us(request):
        return None
    body, kind = exposition(QueueCollector())
    return HttpResponse(body, content_type=kind, headers={"cache-control": "no-store"})
