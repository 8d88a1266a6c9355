"""/api/v1/projects/<p>/shared-links: for who may share, told once, revoked for good."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from projects.models import SharedLink
from projects.tests.calls import ABSENT, answers, call

pytestmark = pytest.mark.django_db(transaction=True)
SHARERS = ("owner", "admin")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("post", "", 201), ("get", "", 200), ("get", "/link", 200), ("patch", "/link", 200)],
)
def test_only_who_may_edit_projects_shares(cast, project, method, path, status):
    """Also to look at the list."""
    link = SharedLink.objects.create(project=project, name="Old", secret_hash="x")
    path = f"/{project.public_id}/shared-links{path.replace('link', link.public_id)}"
    for who, expected in answers(SHARERS, status):
        assert call(cast, who, method, path, {"name": "New"})[0] == expected, who


def test_the_address_stands_in_one_answer_only(cast, project):
    """And the password in none."""
    sent = {"name": "Agency", "password": "open sesame", "expires_at": "2099-01-01T00:00:00Z"}
    path = f"/{project.public_id}/shared-links"
    status, made = call(cast, "owner", "post", path, sent)
    assert (status, made["has_password"], made["created_by"]) == (201, True, "owner@example.com")
    address = made.pop("url").partition("//")[2].partition("/")[2]
    assert Client().get(f"/{address}").status_code == 200
    shown = call(cast, "admin", "get", f"{path}/{made['id']}")[1]
    assert shown == made
    assert not {"url", "password", "secret_hash"} & shown.keys()
    assert call(cast, "admin", "get", path)[1]["results"] == [made]


def test_revoking_is_for_good_and_may_be_said_twice(cast, project):
    """The line stays in the list."""
    path = f"/{project.public_id}/shared-links"
    _, made = call(cast, "owner", "post", path, {"name": "Agency"})
    first = call(cast, "owner", "delete", f"{path}/{made['id']}")
    assert (first[0], first[1]["revoked_at"] is None) == (200, False)
    assert call(cast, "owner", "delete", f"{path}/{made['id']}") == first
    assert call(cast, "viewer", "delete", f"{path}/{made['id']}")[0] == 403


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_link_of_another_project_looks_absent(cast, project, foreign, method):
    """Under one's own project and under its own."""
    theirs = SharedLink.objects.create(project=foreign, name="Theirs", secret_hash="x")
    for public_id in (project.public_id, foreign.public_id):
        path = f"/{public_id}/shared-links/{theirs.public_id}"
        status, found = call(cast, "owner", method, path, {"name": "Mine"})
        assert (status, found["error"]) == (404, ABSENT)
    theirs.refresh_from_db()
    assert (theirs.name, theirs.revoked_at) == ("Theirs", None)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "A", "password": "short"}, "password"),
        ({"name": "A", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "A", "expires_at": "soon"}, "expires_at"),
        ({"name": "A", "secret_hash": "x"}, "secret_hash"),
    ],
)
def test_a_bad_link_names_its_field(cast, project, sent, field):
    """400, and nothing is made."""
    status, found = call(cast, "owner", "post", f"/{project.public_id}/shared-links", sent)
    assert (status, found["error"]["field"]) == (400, field)
    assert not SharedLink.objects.exists()


def test_no_more_than_a_hundred_are_kept_that_were_revoked(cast, project):
    """The oldest go: making and revoking all day fills no disk."""
    SharedLink.objects.bulk_create(
        SharedLink(
            project=project,
            name=f"{year}",
            secret_hash=f"{year}",
            revoked_at=datetime(year, 1, 1, tzinfo=UTC),
        )
        for year in range(1900, 2002)
    )
    path = f"/{project.public_id}/shared-links"
    assert call(cast, "owner", "post", path, {"name": "New"})[0] == 201
    kept = set(project.shared_links.values_list("name", flat=True))
    assert len(kept) == 101 and not {"1900", "1901"} & kept
