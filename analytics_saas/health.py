"""Whether this process lives and whether what it needs answers."""

import logging
from collections.abc import Callable

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from analytics_saas import clickhouse, queue_numbers
from analytics_saas import redis as stores
from analytics_saas.env import env
from analytics_saas.request_metrics import is_for_us, metrics

log = logging.getLogger(__name__)


def answer_probes(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer probes ahead of every other middleware: they come by address, without TLS."""
    views: dict[str, Callable[[HttpRequest], HttpResponseBase | None]]
    views = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        view = views.get(request.path_info)
        answer = view(request) if view else None
        return get_response(request) if answer is None else answer

    return middleware


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when SQL, both Redis roles and ClickHouse answer, else 503 with what does not.

    A lag of the drains is no reason to send nobody here, unless READY_LAG_SECONDS says so. Who may
    read metrics is told the queue's numbers.
    """
    checks: dict[str, Callable[[], object]] = {
        "sql": connection.ensure_connection,
        "queue": stores.queue_probe().ping,
        "cache": stores.cache().ping,
        "clickhouse": lambda: clickhouse.reader().command("SELECT 1"),
    }
    answers: dict[str, object] = {name: _answers(name, check) for name, check in checks.items()}
    numbers = None
    if answers["queue"] and (env.ready_lag_seconds or is_for_us(request)):
        numbers = queue_numbers.read()
    if numbers and env.ready_lag_seconds:
        answers["lag"] = numbers.lag_seconds <= env.ready_lag_seconds
    status = 200 if all(answers.values()) else 503
    if numbers and is_for_us(request):
        answers["numbers"] = numbers.told()
    return JsonResponse(answers, status=status)


def _answers(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except (DatabaseError, redis.RedisError, ClickHouseError, OSError) as error:
        log.warning("not ready: %s: %s", name, error)
        return False
    return True
