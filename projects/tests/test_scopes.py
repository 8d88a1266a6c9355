"""What a token or an app cannot do by a detour."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import AuditEntry
from accounts.principal import Principal
from accounts.tokens.services import create_token
from projects.access import get_segment
from projects.models import Project, Segment
from projects.services import create_project, update_project

pytestmark = pytest.mark.django_db
SEGMENT = {"name": "Mine", "filters": []}


@pytest.fixture
def ask(cast):
    """Ask the API with a token of some scopes."""

    def call(scopes, method, path, body):
        _, secret = create_token(
            organization=cast.organization, principal=Principal(user=cast.owner),
            name="owner@example.com", scopes=scopes,
        )  # fmt: skip
        headers = {"authorization": f"Bearer {secret}"}
        send = getattr(Client(), method)
        return send(f"/api/v1/projects{path}", body, "application/json", headers=headers)

    return call


@pytest.mark.parametrize(
    ("scopes", "linked", "published"),
    [(["projects:write"], 403, 403), (["projects:write", "stats:read"], 201, 200)],
)
def test_who_may_not_read_numbers_shows_them_to_nobody(ask, project, scopes, linked, published):
    """A link or a public dashboard would be the scope that the token was not given."""
    path = f"/{project.public_id}"
    assert ask(scopes, "post", f"{path}/shared-links", {"name": "L"}).status_code == linked
    assert ask(scopes, "patch", path, {"is_public": True}).status_code == published
    assert Project.objects.get(pk=project.pk).is_public == (published == 200)
    assert ask(scopes, "patch", path, {"is_public": False}).status_code == 200


def test_a_project_is_not_made_public_either(cast):
    """By who may make one but not read its numbers."""
    token = Principal(
        organization_id=cast.organization.pk, scopes=frozenset({"projects:write"}), name="t"
    )
    fields = {"name": "New", "domain": "n.example", "time_zone": "UTC", "principal": token}
    with pytest.raises(PermissionDenied):
        create_project(organization=cast.organization, is_public=True, **fields)
    made = create_project(organization=cast.organization, **fields)
    with pytest.raises(PermissionDenied):
        update_project(project=made, changes={"is_public": True}, principal=token)


def test_an_app_that_may_read_writes_nothing(cast, project):
    """Not even a segment of its person's own."""
    scopes = frozenset({"projects:read", "stats:read"})
    app = Principal(user=cast.viewer, scopes=scopes, project_ids=frozenset({project.pk}))
    mine = Segment.objects.create(project=project, owner=cast.viewer, **SEGMENT)
    place = (project.public_id, mine.public_id)
    assert get_segment(app, *place) == mine
    with pytest.raises(PermissionDenied):
        get_segment(app, *place, editing=True)
    assert get_segment(Principal(user=cast.viewer), *place, editing=True) == mine


def test_the_log_takes_no_token_for_a_person(ask, project):
    """Whatever somebody called it."""
    ask(["projects:write"], "patch", f"/{project.public_id}", {"name": "Renamed"})
    actor = AuditEntry.objects.get(action="project.update").actor
    assert actor.startswith("token owner@example.com (t_")
