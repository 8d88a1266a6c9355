"""The query API: who may ask is decided first, then the question is read and answered."""

from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import IsKnown
from accounts.principal import principal_of
from accounts.roles import Permission
from analytics_saas.errors import ApiError
from projects.access import get_project
from projects.authentication import ShareAuthentication
from projects.models import Project
from reports import ledger, realtime, room, runner, schemas
from reports.query import Query, QueryError, parse_query

MOST_QUERIES = 20
JSON = "application/json"
TAGS = ["Numbers"]


class NumbersView(APIView):
    """Numbers are read by people, by tokens, and by whoever was shown this one project."""

    authentication_classes = [ShareAuthentication, *APIView.authentication_classes]
    permission_classes = [IsKnown]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and give the place back that `initial` took, however it ends."""
        with ExitStack() as self.places:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Once it is known who asks, refuse them with 429 what would leave others no room."""
        super().initial(request, *args, **kwargs)
        self.places.enter_context(room.taken(room.asker_of(request)))


class QueryView(NumbersView):
    """POST /api/v1/query: one question, one answer."""

    @extend_schema(
        tags=TAGS,
        operation_id="query",
        summary="Ask one question about a project",
        request={JSON: schemas.reference("Query")},
        responses={(200, JSON): schemas.reference("Answer")},
    )
    def post(self, request: Request) -> Response:
        """Answer the query of the body."""
        body = _body(request)
        project = _project(request, _public_id(body))
        now = timezone.now()
        return Response(_answer(project, _parse(project, body, now), now))


class QueriesView(NumbersView):
    """POST /api/v1/queries: all questions of a dashboard load in one request."""

    @extend_schema(
        tags=TAGS,
        operation_id="queries",
        summary="Ask several questions about one project at once",
        request={JSON: schemas.queries(MOST_QUERIES)},
        responses={(200, JSON): schemas.answers()},
    )
    def post(self, request: Request) -> Response:
        """Answer the queries in order; one that cannot be read refuses all."""
        body = _body(request)
        project = _project(request, _public_id(body))
        given, now = body.get("queries"), timezone.now()
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_QUERIES:
            message = f"queries must be a list of 1 to {MOST_QUERIES} query objects."
            raise ApiError(400, "invalid_query", message, "queries")
        queries = [
            _parse(project, one, now, f"queries[{place}]") for place, one in enumerate(given)
        ]
        return Response({"results": [_answer(project, query, now) for query in queries]})


class RealtimeView(NumbersView):
    """GET /api/v1/projects/<public_id>/realtime: who is there now."""

    @extend_schema(
        tags=TAGS,
        operation_id="realtime",
        summary="Ask who is on a site now",
        responses={(200, JSON): schemas.reference("Realtime")},
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Answer with the visitors of the last five minutes."""
        project = _project(request, public_id)
        return Response(realtime.current(project.pk, timezone.now()))


class LedgerView(NumbersView):
    """GET /api/v1/projects/<public_id>/ledger: what became of everything that was sent."""

    @extend_schema(
        tags=TAGS,
        operation_id="ledger",
        summary="Ask what became of everything that was sent",
        parameters=schemas.LEDGER_PARAMETERS,
        responses={(200, JSON): schemas.reference("Ledger")},
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Answer with totals, and with rows by time, outcome and reason."""
        project = _project(request, public_id)
        zone = ZoneInfo(project.time_zone)
        try:
            question = ledger.parse_question(
                project.pk,
                request.query_params.dict(),
                zone=zone,
                now=timezone.now(),
                first_day=partial(ledger.first_day, project.pk, zone),
            )
        except QueryError as error:
            raise ApiError(400, error.code, error.message, error.field) from None
        return Response({"project_id": project.public_id} | ledger.answer(question))


def _project(request: Request, public_id: str) -> Project:
    return get_project(principal_of(request), public_id, Permission.SEE_NUMBERS)


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise ApiError(400, "invalid_query", "The body must be a JSON object.")
    return request.data


def _public_id(body: dict[str, Any]) -> str:
    public_id = body.get("project_id", body.get("site_id"))
    if not isinstance(public_id, str):
        message = "Name the project by its public id, such as p_4fTz0aQmR2xK."
        raise ApiError(400, "invalid_query", message, "project_id")
    return public_id


def _parse(project: Project, body: object, now: datetime, path: str = "") -> Query:
    """Read one query of this project; its own project_id, if any, must be the same."""
    if isinstance(body, dict):
        asked = body.get("project_id", body.get("site_id", project.public_id))
        if asked != project.public_id:
            message = "All queries of a request are about its one project: leave this out."
            raise ApiError(400, "invalid_query", message, f"{path}.project_id")
    try:
        return parse_query(
            project.pk,
            body,
            zone=ZoneInfo(project.time_zone),
            now=now,
            first_day=partial(runner.first_day, project.pk),
        )
    except QueryError as error:
        field = ".".join(part for part in (path, error.field) if part)
        raise ApiError(400, error.code, error.message, field or None) from None


def _answer(project: Project, query: Query, now: datetime) -> dict[str, Any]:
    answer = runner.answer(query, zone=ZoneInfo(project.time_zone), now=now)
    answer["query"] = {"project_id": project.public_id} | answer["query"]
    return answer
