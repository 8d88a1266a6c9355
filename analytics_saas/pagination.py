"""The one way to page through rows of SQL: `?cursor=&limit=`, by position and not by count."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics_saas.errors import ApiError

LIMIT = 50
MOST = 100
Row = TypeVar("Row", bound=Model)
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and how to ask for those after them (None: these were the last)."""

    rows: list[Row]
    next_cursor: str | None

    def response(self, serializer: type[serializers.Serializer[Any]], **context: Any) -> Response:
        """Answer with the rows as a serializer shows them."""
        results = serializer(self.rows, many=True, context=context).data
        return Response({"results": results, "next_cursor": self.next_cursor})


def paginate(
    request: HttpRequest | Request, rows: QuerySet[Row], *, newest_first: bool = False
) -> Page[Row]:
    """Return the page that a request asks for. Raises ApiError for a limit or cursor that is none.

    Rows come in the order in which they were made, whatever order the query set has.
    """
    limit, cursor = _limit(request.GET.get("limit")), request.GET.get("cursor")
    if cursor:
        place = _position(cursor)
        rows = rows.filter(pk__lt=place) if newest_first else rows.filter(pk__gt=place)
    # One row more tells whether there is another page.
    found = list(rows.order_by("-pk" if newest_first else "pk")[: limit + 1])
    page = found[:limit]
    return Page(page, _cursor(page[-1].pk) if len(found) > limit else None)


def paginated(item: type[serializers.Serializer[Any]], **options: Any) -> Callable[[View], View]:
    """Describe a method of a view that answers with a page of these items."""
    asked = [
        OpenApiParameter("cursor", str, description="next_cursor of the page before."),
        OpenApiParameter("limit", int, description=f"1 to {MOST}; {LIMIT} unless told."),
    ]
    return extend_schema(parameters=asked, responses=_page_of(item), **options)


@cache
def _page_of(item: type[serializers.Serializer[Any]]) -> Any:
    # One class for each kind of item, as the description names each once.
    fields: dict[str, Any] = {
        "results": item(many=True),
        "next_cursor": serializers.CharField(allow_null=True),
    }
    return inline_serializer(f"{item.__name__.removesuffix('Serializer')}Page", fields=fields)


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST):
        raise ApiError(400, "invalid", f"limit must be a whole number from 1 to {MOST}.", "limit")
    return int(text)


def _cipher() -> AESSIV:
    return AESSIV(hashlib.sha256(b"cursor" + settings.SECRET_KEY.encode()).digest())


def _cursor(place: int) -> str:
    # Sealed: an integer id would tell how many rows the whole service has.
    return urlsafe_b64encode(_cipher().encrypt(place.to_bytes(8, "big"), None)).decode()


def _position(cursor: str) -> int:
    try:
        return int.from_bytes(_cipher().decrypt(urlsafe_b64decode(cursor), None), "big")
    except (ValueError, InvalidTag):
        message = "This is no cursor. Send the next_cursor of the page before, or none."
        raise ApiError(400, "invalid", message, "cursor") from None
