"""The query API: who may ask is decided first, then the question is read and answered."""

from contextlib import ExitStack
from functools import cache, partial
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
from projects.access import get_project, visible_segments
from projects.authentication import ShareAuthentication
from projects.models import Project
from reports import answers, ledger, realtime, room, runner, schemas
from reports.goals import read_goals
from reports.parse import Site, parse_query
from reports.query import Query, QueryError

MOST_QUERIES = 20
JSON = "application/json"
TAGS = ["Numbers"]
COSTLY = {(422, JSON): schemas.reference("Error")}


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
        asker = room.asker_of(request)
        self.places.enter_context(room.taken(asker))
        # Addresses are for counting who is here now, never for a log.
        tag = "guest" if asker.startswith("address") else asker.replace(" ", ":")
        self.places.enter_context(runner.asked_by(tag))


class QueryView(NumbersView):
    """POST /api/v1/query: one question, one answer."""

    @extend_schema(
        tags=TAGS,
        operation_id="query",
        summary="Ask one question about a project",
        request={JSON: schemas.reference("Query")},
        responses={(200, JSON): schemas.reference("Answer"), **COSTLY},
    )
    def post(self, request: Request) -> Response:
        """Answer the query of the body."""
        body = body_of(request)
        project = _project(request, _public_id(body))
        site = site_of(request, project)
        return Response(_answer(project, site, read_query(project, site, body)))


class QueriesView(NumbersView):
    """POST /api/v1/queries: all questions of a dashboard load in one request."""

    @extend_schema(
        tags=TAGS,
        operation_id="queries",
        summary="Ask several questions about one project at once",
        request={JSON: schemas.queries(MOST_QUERIES)},
        responses={(200, JSON): schemas.answers(), **COSTLY},
    )
    def post(self, request: Request) -> Response:
        """Answer the queries in order; one that cannot be read refuses all."""
        body = body_of(request)
        project = _project(request, _public_id(body))
        given, site = body.get("queries"), site_of(request, project)
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_QUERIES:
            message = f"queries must be a list of 1 to {MOST_QUERIES} query objects."
            raise ApiError(400, "invalid_query", message, "queries")
        queries = [
            read_query(project, site, one, f"queries[{place}]") for place, one in enumerate(given)
        ]
        return Response({"results": [_answer(project, site, query) for query in queries]})


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


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent."""
    if not isinstance(request.data, dict):
        raise ApiError(400, "invalid_query", "The body must be a JSON object.")
    return request.data


def site_of(request: Request, project: Project) -> Site:
    """Return what a query may name of a project, for who asks."""
    segments = visible_segments(principal_of(request), project)
    return Site(
        project_id=project.pk,
        zone=ZoneInfo(project.time_zone),
        now=timezone.now(),
        first_day=partial(runner.first_day, project.pk),
        goals=cache(lambda: read_goals(project.goals.order_by("pk"))),
        segment=lambda name: (
            segments.filter(public_id=name).values_list("filters", flat=True).first()
        ),
    )


def _public_id(body: dict[str, Any]) -> str:
    public_id = body.get("project_id", body.get("site_id"))
    if not isinstance(public_id, str):
        message = "Name the project by its public id, such as p_4fTz0aQmR2xK."
        raise ApiError(400, "invalid_query", message, "project_id")
    return public_id


def read_query(project: Project, site: Site, body: object, path: str = "") -> Query:
    """Read one query of this project; its own project_id, if any, must be the same."""
    if isinstance(body, dict):
        asked = body.get("project_id", body.get("site_id", project.public_id))
        if asked != project.public_id:
            message = "All queries of a request are about its one project: leave this out."
            raise ApiError(400, "invalid_query", message, f"{path}.project_id")
    try:
        return parse_query(site, body)
    except QueryError as error:
        field = ".".join(part for part in (path, error.field) if part)
        raise ApiError(400, error.code, error.message, field or None) from None


def _answer(project: Project, site: Site, query: Query) -> dict[str, Any]:
    answer = answers.answer(query, zone=site.zone, now=site.now)
    answer["query"] = {"project_id": project.public_id} | answer["query"]
    return answer
