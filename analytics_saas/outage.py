"""One clear answer while a store is away: a page for people, the error shape for programs."""

import logging
from collections.abc import Callable

import redis
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analytics_saas.errors import is_api, plain_error

log = logging.getLogger(__name__)

RETRY_SECONDS = "10"
MESSAGE = "Daysalt cannot answer this just now. Nothing is lost; try again in a minute."


class OutageMiddleware:
    """Answers 503 for what cannot be done without Redis, such as counting tries of a password."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Do nothing but for errors."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn an error of Redis into 503."""
        if not isinstance(error, redis.RedisError):
            return None
        log.error("%s waits for Redis: %s", request.path, error)
        if is_api(request):
            response: HttpResponse = plain_error(503, "unavailable", MESSAGE)
        else:
            response = render(request, "503.html", status=503)
        response["retry-after"] = RETRY_SECONDS
        return response
