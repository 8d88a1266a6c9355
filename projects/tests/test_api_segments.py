"""/api/v1/projects/<p>/segments: one's own, the project's, and nobody else's."""

import pytest

from accounts.models import AuditEntry
from projects.models import Segment
from projects.tests.calls import ABSENT, answers, call

pytestmark = pytest.mark.django_db(transaction=True)
READERS = ("owner", "admin", "editor", "viewer")
EDITORS = ("owner", "admin", "editor")
NEW = {"name": "Germany", "filters": [["is", "visit:country", ["DE"]]]}


@pytest.mark.parametrize(
    ("personal", "allowed"), [(True, READERS), (False, EDITORS)], ids=["personal", "for all"]
)
def test_who_may_save_one(cast, project, personal, allowed):
    """A viewer for themselves only; billing sees no numbers and saves none."""
    for who, status in answers(allowed, 201):
        sent = NEW | {"personal": personal}
        found, _ = call(cast, who, "post", f"/{project.public_id}/segments", sent)
        assert found == status, who
    assert Segment.objects.filter(owner=None).count() == (0 if personal else 3)
    assert AuditEntry.objects.filter(action="segment.create").count() == (0 if personal else 3)


def test_ones_own_is_seen_by_oneself_only(cast, project):
    """To others it looks absent, whatever they try."""
    _, mine = call(cast, "viewer", "post", f"/{project.public_id}/segments", NEW)
    _, ours = call(
        cast, "editor", "post", f"/{project.public_id}/segments", NEW | {"personal": False}
    )
    _, page = call(cast, "viewer", "get", f"/{project.public_id}/segments")
    assert [one["id"] for one in page["results"]] == [mine["id"], ours["id"]]
    _, page = call(cast, "owner", "get", f"/{project.public_id}/segments")
    assert [one["id"] for one in page["results"]] == [ours["id"]]
    path = f"/{project.public_id}/segments/{mine['id']}"
    for method in ("get", "patch", "delete"):
        status, found = call(cast, "owner", method, path, {"name": "x"})
        assert (status, found["error"]) == (404, ABSENT)
    assert call(cast, "viewer", "patch", path, {"name": "Mine"})[1]["name"] == "Mine"
    assert call(cast, "viewer", "delete", path)[0] == 204
    assert call(cast, "viewer", "get", path)[0] == 404


@pytest.mark.parametrize(("method", "status"), [("patch", 200), ("delete", 204)])
def test_who_may_change_the_projects(cast, project, method, status):
    """Editors; a viewer sees it and is told 403."""
    for who, expected in answers(EDITORS, status):
        ours = Segment.objects.create(project=project, name="Ours", filters=[])
        path = f"/{project.public_id}/segments/{ours.public_id}"
        assert call(cast, who, method, path, {"name": "New"})[0] == expected, who


def test_a_segment_of_another_project_looks_absent(cast, project, foreign):
    """Under one's own project and under its own."""
    theirs = Segment.objects.create(project=foreign, name="Theirs", filters=[])
    for public_id in (project.public_id, foreign.public_id):
        status, found = call(cast, "owner", "get", f"/{public_id}/segments/{theirs.public_id}")
        assert (status, found["error"]) == (404, ABSENT)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"filters": "x"}, "filters"),
        ({"filters": [["like", "visit:country", ["DE"]]]}, "filters[0][0]"),
        ({"filters": [["is", "visit:shoe", ["DE"]]]}, "filters[0][1]"),
        ({"filters": [["is", "visit:country", []]]}, "filters[0][2]"),
        ({"name": ""}, "name"),
        ({"owner": 1}, "owner"),
        ({"personal": "perhaps"}, "personal"),
    ],
)
def test_a_bad_segment_names_its_field(cast, project, sent, field):
    """The reports say what a filter may be."""
    status, found = call(cast, "owner", "post", f"/{project.public_id}/segments", NEW | sent)
    assert (status, found["error"]["field"]) == (400, field)
    assert not Segment.objects.exists()
