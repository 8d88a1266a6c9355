"""Nobody takes all threads with slow questions: who has too many under way is told to wait."""

from contextlib import ExitStack

import pytest

from projects.services import create_project
from reports import room

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]


@pytest.fixture
def project(cast):
    """One that everybody may see."""
    return create_project(
        organization=cast.organization, name="S", domain="example.com", time_zone="UTC",
        is_public=True,
    )  # fmt: skip


@pytest.fixture
def busy():
    """Have an asker's places taken."""
    with ExitStack() as places:

        def take(asker):
            for _ in range(room.MOST):
                places.enter_context(room.taken(asker))

        yield take


def ask(client, project, **headers):
    """Ask a question; the answer."""
    body = {"project_id": project.public_id, "metrics": ["visitors"], "date_range": "7d"}
    return client.post("/api/v1/query", body, content_type="application/json", headers=headers)


def test_who_has_too_many_under_way_is_told_to_wait(cast, project, busy):
    """And when; others are answered."""
    busy(f"person {cast.owner.pk}")
    refused = ask(cast.client("owner"), project)
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert refused.json()["error"]["code"] == "too_many_at_once"
    assert ask(cast.client("viewer"), project).status_code == 200


def test_who_has_no_account_is_counted_by_address(cast, project, busy):
    """A crowd before one public dashboard takes nothing from those who are logged in."""
    public = {"X-Daysalt-Public": project.public_id}
    busy("address 127.0.0.1")
    assert ask(cast.client("anonymous"), project, **public).status_code == 429
    assert ask(cast.client("owner"), project).status_code == 200


def test_a_place_is_given_back_however_it_ends(cast, project):
    """Also after refusals and what is absent."""
    client = cast.client("owner")
    for _ in range(room.MOST + 1):
        assert client.post("/api/v1/query", {}, content_type="application/json").status_code == 400
        assert client.get("/api/v1/projects/p_aaaaaaaaaaaa/realtime").status_code == 404
    assert ask(client, project).status_code == 200
    assert not room._under_way
