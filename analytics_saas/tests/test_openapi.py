"""The description of the API is whole, true and served."""

import re

import pytest
from django.urls import get_resolver
from msgspec.structs import fields as fields_of
from rest_framework.views import APIView

from analytics_saas import openapi, openapi_collector
from analytics_saas.env import BASE_DIR
from collector import batch
from collector.asgi import ROOMS
from reports.parse import FIELDS
from reports.schemas import QUESTION


def api_paths(patterns=None, before=""):
    """Every address of a DRF view, in the words of OpenAPI."""
    for one in patterns or get_resolver().url_patterns:
        address = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from api_paths(one.url_patterns, address)
        elif issubclass(getattr(one.callback, "cls", object), APIView):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)


def test_every_endpoint_of_the_resolver_is_described_and_no_other():
    """Under /api/, both ways."""
    found = {path for path in api_paths() if path.startswith("/api/")}
    assert found | {openapi_collector.PATH} == set(openapi.description()["paths"])
    # The collector has a resolver of its own.
    assert openapi_collector.PATH in ROOMS
    assert len(found) > 4


def test_every_operation_has_a_summary_a_way_in_and_errors():
    """So that a page and a client can be made of it."""
    for path, methods in openapi.description()["paths"].items():
        for told in (methods[method] for method in openapi.METHODS if method in methods):
            assert told.get("summary"), path
            assert {"apiToken": []} in told["security"], path
            assert {"oauth": []} in told["security"] or path == openapi_collector.PATH
            assert set(openapi.STATUSES) <= set(told["responses"]), path


def test_the_query_is_described_with_every_field_it_reads():
    """`site_id` is another name of project_id and not told."""
    assert set(QUESTION) == FIELDS - {"project_id", "site_id"}


def test_it_is_served_as_it_is_committed(client):
    """To anybody."""
    answer = client.get("/api/v1/openapi.yaml")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer.content.decode() == (BASE_DIR / "docs" / "openapi.yaml").read_text()


@pytest.mark.django_db
def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(client):
    """Nor any script."""
    page = client.get("/docs/api/").content.decode()
    for path in openapi.description()["paths"]:
        assert path in page
    for name in openapi.description()["components"]["schemas"]:
        assert f'id="{name}"' in page
    assert "<script" not in page and " style=" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_server_events_are_described_as_they_are_read():
    """Every key and no other, which of them are needed, and how many events there may be."""
    fields = {field.name: field.required for field in fields_of(batch.ServerEvent)}
    assert set(openapi_collector.EVENT["properties"]) == set(fields)
    needed = [name for name, required in fields.items() if required]
    assert openapi_collector.EVENT["required"] == needed
    assert openapi_collector.BATCH["properties"]["events"]["maxItems"] == batch.MOST_EVENTS
