"""POST /api/v2/query: requests written for Plausible's Stats API v2, answered in its shape."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.principal import Principal, principal_of
from accounts.roles import Permission
from analytics_saas.errors import ApiError
from projects.access import get_project, visible_projects
from projects.models import Project
from reports import answers, schemas
from reports.api import COSTLY, JSON, TAGS, NumbersView, body_of, read_query, site_of
from reports.catalog import Kind, find_dimension
from reports.filters import Deed, Joint, Op
from reports.periods import Period
from reports.query import Query

SECOND = timedelta(seconds=1)


class CompatibleQueryView(NumbersView):
    """One question about a site that is named by its public id or its domain."""

    @extend_schema(
        tags=TAGS,
        operation_id="compatible_query",
        summary="Ask one question in the words of Plausible's Stats API v2",
        request={JSON: schemas.reference("CompatibleQuery")},
        responses={(200, JSON): schemas.reference("Answer"), **COSTLY},
    )
    def post(self, request: Request) -> Response:
        """Answer the query of the body."""
        body = dict(body_of(request))
        name = body.pop("site_id", None)
        project = find_site(principal_of(request), name)
        site = site_of(request, project)
        imports, asked = _without_imports(body)
        query = read_query(project, site, asked)
        answer = answers.answer(query, zone=site.zone, now=site.now)
        answer["results"] = [_named(query, row) for row in answer["results"]]
        if imports is not None:
            answer["meta"]["imports_included"] = False
        # As it was sent: what stands for nothing is told by the same word.
        told = {"date_range": instants(query.period, site.zone), "filters": body.get("filters", [])}
        answer["query"] = {"site_id": name} | answer["query"] | told
        return Response(answer)


def find_site(principal: Principal, name: object) -> Project:
    """Return the project of a public id, or of a domain that only one of those to be seen has."""
    if not isinstance(name, str) or not name or "\0" in name:
        message = "Name the site by its project's public id, or by its domain."
        raise ApiError(400, "invalid_query", message, "site_id")
    found = list(visible_projects(principal).filter(domain=name)[:2])
    if len(found) > 1:
        message = f"Several of your projects have the domain {name}: name one by its public id."
        raise ApiError(400, "ambiguous_site", message, "site_id")
    public_id = found[0].public_id if found else name
    return get_project(principal, public_id, Permission.SEE_NUMBERS)


def instants(period: Period, zone: ZoneInfo) -> list[str]:
    """Return first and last second of a period on the site's clock."""
    since = period.since or datetime.combine(period.first, time(), zone)
    until = period.until or _midnight(period.last + timedelta(days=1), zone)
    return [
        since.astimezone(zone).isoformat(timespec="seconds"),
        (until - SECOND).astimezone(zone).isoformat(timespec="seconds"),
    ]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Seconds are taken off in real time, since a clock may change at midnight.
    return datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC"))


def _without_imports(body: dict[str, Any]) -> tuple[object, dict[str, Any]]:
    """Return include.imports, and the body in our own words."""
    asked, include = dict(body), body.get("include")
    imports = None
    if isinstance(include, dict):
        imports = include.get("imports")
        asked["include"] = {key: value for key, value in include.items() if key != "imports"}
    if isinstance(body.get("filters"), list):
        asked["filters"] = [_unnamed(one, 0) for one in body["filters"]]
    return imports, asked


def _unnamed(one: Any, depth: int) -> Any:
    """Return a filter in which the word for nothing also means the empty text."""
    # What is too deep or has no such shape is refused where filters are read.
    if not isinstance(one, list) or len(one) < 2 or depth > 10:
        return one
    if one[0] in (Joint.AND, Joint.OR) and isinstance(one[1], list):
        return [one[0], [_unnamed(child, depth + 1) for child in one[1]]]
    if one[0] in (Joint.NOT, *Deed):
        return [one[0], _unnamed(one[1], depth + 1), *one[2:]]
    row = find_dimension(one[1])
    compared = one[0] in (Op.IS, Op.IS_NOT) and len(one) > 2 and isinstance(one[2], list)
    if row is None or row.kind is Kind.PROPERTY or not compared or row.blank not in one[2]:
        return one
    return [*one[:2], [*one[2], ""], *one[3:]]


def _named(query: Query, result: dict[str, Any]) -> dict[str, Any]:
    """Return a row with a word for each value that is not there."""
    pairs = zip(query.dimensions, result["dimensions"], strict=True)
    return result | {"dimensions": [value or row.blank for row, value in pairs]}
