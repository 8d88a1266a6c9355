"""Whether this process lives and whether what it needs answers."""

import logging
from collections.abc import Callable

import redis
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from analytics_saas import clickhouse
from analytics_saas import redis as stores

log = logging.getLogger(__name__)


def answer_probes(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer probes ahead of every other middleware: they come by address, without TLS."""
    views = {"/healthz": healthz, "/readyz": readyz}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return views.get(request.path_info, get_response)(request)

    return middleware


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when SQL, both Redis roles and ClickHouse answer, else 503 with what does not."""
    checks: dict[str, Callable[[], object]] = {
        "sql": connection.ensure_connection,
        "queue": stores.queue().ping,
        "cache": stores.cache().ping,
        "clickhouse": lambda: clickhouse.reader().command("SELECT 1"),
    }
    answers = {name: _answers(name, check) for name, check in checks.items()}
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def _answers(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except (DatabaseError, redis.RedisError, ClickHouseError, OSError) as error:
        log.warning("not ready: %s: %s", name, error)
        return False
    return True
