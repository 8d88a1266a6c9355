"""One shape for every error of the API: {"error": {"code", "message", "field"}}."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import server_error
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    ValidationError,
)
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

ABSENT = "There is nothing here that you can see."


class ApiError(APIException):
    """An error that names the field, the limit and the fix; `wait` is in seconds, None = no use."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        wait: int | None = None,
    ) -> None:
        super().__init__(message, code)
        self.status_code, self.wait = status, wait
        self.code, self.message, self.field = code, message, field


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into the error shape; None lets Django answer 500."""
    if isinstance(error, ApiError):
        told = _shaped(error.status_code, error.code, error.message, error.field)
        if error.wait is not None:
            told["Retry-After"] = str(error.wait)
        return told
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return _shaped(413, "too_large", f"The body may have at most {most} bytes.", None)
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, NotAuthenticated):
        # DRF answers 403 for sessions; a client needs to know that it must log in.
        return _refused("not_authenticated", "Log in or send a token.")
    if isinstance(error, AuthenticationFailed):
        return _refused("bad_token", str(error.detail))
    if isinstance(error, Http404):
        return _shaped(404, "not_found", ABSENT, None)
    if isinstance(error, PermissionDenied):
        code = getattr(error, "code", "forbidden")
        message = getattr(error, "message", _refusal(context))
        return _shaped(403, code, message, None)
    if isinstance(error, ValidationError):
        field, message = _first_problem(error.detail)
        return _shaped(400, "invalid", message, field)
    code = error.get_codes() if isinstance(error, APIException) else "error"
    detail = error.detail if isinstance(error, APIException) else "The request failed."
    return _shaped(response.status_code, str(code), str(detail), None)


def _refusal(context: dict[str, Any]) -> str:
    """Say what would have to allow it: the scopes of a token, or the role of a person."""
    scopes = getattr(getattr(context.get("request"), "auth", None), "scopes", None)
    whose = "Your role does" if scopes is None else "The scopes of this token do"
    return f"{whose} not allow this."


def _refused(code: str, message: str) -> Response:
    response = _shaped(401, code, message, None)
    response["WWW-Authenticate"] = 'Bearer realm="daysalt"'
    return response


def is_api(request: HttpRequest) -> bool:
    """Tell whether a program asks, which cannot read a page."""
    return request.path_info.startswith(("/api/", "/_allauth/"))


def plain_error(status: int, code: str, message: str) -> JsonResponse:
    """Return the error shape outside of the API's views."""
    return JsonResponse({"error": {"code": code, "message": message, "field": None}}, status=status)


@csrf_exempt
def absent(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer for an address of the API that is none."""
    return plain_error(404, "not_found", ABSENT)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500 to programs and people; why is in the log."""
    if is_api(request):
        return plain_error(500, "broken", "Something broke here. It is written down for us.")
    return server_error(request)


def _shaped(status: int, code: str, message: str, field: str | None) -> Response:
    body = {"error": {"code": code, "message": message, "field": field}}
    return Response(body, status=status)


def _first_problem(detail: Any, path: str = "") -> tuple[str | None, str]:
    """Walk DRF's nested error lists to the first sentence and its path."""
    if isinstance(detail, dict):
        key = next(iter(detail))
        return _first_problem(detail[key], f"{path}.{key}" if path else str(key))
    if isinstance(detail, list):
        return _first_problem(detail[0], path)
    named = path.removesuffix("non_field_errors").removesuffix(".")
    return named or None, str(detail)
