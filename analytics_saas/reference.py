"""The description of the API for people and for programs. Anybody may read both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from analytics_saas import openapi


@dataclass(frozen=True, slots=True)
class Shape:
    """A body: the name of a component, or its text where it has none."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address, as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[dict[str, Any]]
    body: Shape | None
    answers: list[tuple[str, str, Shape | None]]


@require_safe
@cache_control(max_age=3600)
def text(request: HttpRequest) -> HttpResponse:
    """Answer with OpenAPI, for programs."""
    whole = openapi.as_yaml(openapi.description())
    return HttpResponse(whole, content_type="application/yaml; charset=utf-8")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every operation and every shape, without a script and nothing from elsewhere."""
    described = openapi.description()
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(described):
        groups.setdefault(tag, []).append(operation)
    shapes = described["components"]["schemas"]
    shown = {
        "groups": sorted(groups.items()),
        "shapes": [Shape(name, openapi.as_yaml(shape)) for name, shape in sorted(shapes.items())],
    }
    return render(request, "website/api_reference.html", shown)


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in described["paths"].items():
        for method in openapi.METHODS:
            if method in methods:
                told = methods[method]
                yield told["tags"][0], _operation(described, method, path, told)


def _operation(
    described: dict[str, Any], method: str, path: str, told: dict[str, Any]
) -> Operation:
    return Operation(
        method=method.upper(),
        path=path,
        summary=told.get("summary", told["operationId"]),
        description=told.get("description", ""),
        parameters=[one for one in told.get("parameters", []) if one["in"] == "query"],
        body=_shape(told.get("requestBody", {})),
        answers=[_answer(described, *one) for one in sorted(told["responses"].items())],
    )


def _answer(
    described: dict[str, Any], status: str, answer: dict[str, Any]
) -> tuple[str, str, Shape | None]:
    if "$ref" in answer:
        name = answer["$ref"].rpartition("/")[2]
        answer = described["components"]["responses"][name]
    return status, answer.get("description", ""), _shape(answer)


def _shape(holder: dict[str, Any]) -> Shape | None:
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    if not schema:
        return None
    if "$ref" in schema:
        return Shape(schema["$ref"].rpartition("/")[2], "")
    return Shape("", openapi.as_yaml(schema))
