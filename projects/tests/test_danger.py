"""Transfer, reset and deletion: who may, what must be typed, what goes along, what is left."""

import pytest
from redis import RedisError

from accounts.models import ApiToken, AuditEntry, Membership, Organization
from accounts.principal import Principal
from accounts.services.organizations import delete_organization
from projects import registry
from projects.danger.services import hand_over_erasures, reset_project
from projects.models import Erasure, Goal, Project, Segment
from projects.registry import erasures
from projects.tests.calls import ABSENT, answers, call

pytestmark = pytest.mark.django_db(transaction=True)
SHOP = {"confirm": "Shop"}


@pytest.fixture
def other(cast):
    """A second organization, in which owner, admin and viewer have their role, too."""
    organization = Organization.objects.create(name="Other", plan="growth")
    for who in ("owner", "admin", "viewer"):
        Membership.objects.create(organization=organization, user=getattr(cast, who), role=who)
    return organization


def asked(project):
    """Verbs of what the collector was asked for this project."""
    return [one.verb for one in erasures.asked_erasures() if one.project_id == project.pk]


@pytest.mark.parametrize(("who", "status"), answers(("owner", "admin"), 202))
def test_who_may_reset(cast, project, who, status):
    """The request is in SQL and handed to the collector, once."""
    path = f"/{project.public_id}/reset"
    assert call(cast, who, "post", path, SHOP)[0] == status
    assert call(cast, who, "post", path, SHOP)[0] == status
    assert Erasure.objects.count() == (status == 202)
    assert asked(project) == ["reset"] * (status == 202)
    assert AuditEntry.objects.filter(action="project.reset").count() == (status == 202)


@pytest.mark.parametrize(("who", "status"), answers(("owner", "admin"), 204))
def test_who_may_delete(cast, project, who, status):
    """It is gone at once, with what it had, and the registry no longer knows it."""
    Goal.objects.create(project=project, kind="page", name="T", page_pattern="/t")
    path = f"/{project.public_id}"
    assert call(cast, who, "delete", f"{path}?confirm=Shop")[0] == status
    if status == 204:
        assert call(cast, who, "get", path)[0] == 404
        assert not Goal.objects.exists()
        assert registry.find(project.public_id) is None
        assert AuditEntry.objects.filter(action="project.delete", target="Shop").exists()
    assert Project.objects.exists() == (status != 204)
    assert asked(project) == ["delete"] * (status == 204)


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("post", "/reset", {"confirm": "shop"}),
        ("post", "/reset", {}),
        ("post", "/transfer", {"confirm": "Sho"}),
        ("delete", "", None),
        ("delete", "?confirm=Shops", None),
    ],
)
def test_nothing_happens_without_the_name(cast, project, other, method, path, sent):
    """The refusal says which."""
    if path == "/transfer":
        sent["organization"] = other.public_id
    status, found = call(cast, "owner", method, f"/{project.public_id}{path}", sent)
    assert (status, found["error"]["field"]) == (400, "confirm")
    assert not Erasure.objects.exists()
    assert Project.objects.get().organization == cast.organization


def test_a_transfer_needs_the_right_in_both(cast, project, other, foreign):
    """A foreign organization looks absent; a visible one without the right is 403."""
    path = f"/{project.public_id}/transfer"
    sent = SHOP | {"organization": foreign.organization.public_id}
    status, found = call(cast, "owner", "post", path, sent)
    assert (status, found["error"]) == (404, ABSENT)
    sent["organization"] = cast.organization.public_id
    assert call(cast, "owner", "post", path, sent)[1]["error"]["field"] == "organization"
    sent["organization"] = other.public_id
    for who, status in answers((), 200):
        if who not in ("owner", "admin"):
            assert call(cast, who, "post", path, sent)[0] == status, who
    Membership.objects.filter(organization=other, user=cast.admin).update(role="viewer")
    assert call(cast, "admin", "post", path, sent)[0] == 403
    Organization.objects.filter(pk=other.pk).update(plan="free")
    Project.objects.filter(pk=project.pk).update(retention_months=48)
    status, found = call(cast, "owner", "post", path, sent)
    assert (status, found["error"]["code"]) == (403, "plan_limit")
    project.refresh_from_db()
    assert project.organization == cast.organization


def test_a_transfer_takes_along_what_is_the_projects(cast, project, other):
    """Tokens of the old organization and own segments of its people stay behind."""
    token = ApiToken.objects.create(organization=cast.organization, name="T", secret_hash="x")
    project.tokens.add(token)
    Goal.objects.create(project=project, kind="page", name="T", page_pattern="/t")
    for owner in (None, cast.owner, cast.editor):
        Segment.objects.create(project=project, owner=owner, name="S", filters=[])
    sent = SHOP | {"organization": other.public_id}
    status, shown = call(cast, "owner", "post", f"/{project.public_id}/transfer", sent)
    assert (status, shown["organization"]) == (200, other.public_id)
    assert call(cast, "editor", "get", f"/{project.public_id}")[0] == 404
    assert call(cast, "viewer", "get", f"/{project.public_id}")[0] == 200
    assert list(project.tokens.all()) == []
    assert project.goals.count() == 1
    assert {one.owner for one in project.segments.all()} == {None, cast.owner}
    entries = AuditEntry.objects.filter(action="project.transfer")
    assert {entry.organization for entry in entries} == {cast.organization, other}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200), ("admin", 200), ("editor", 403), ("viewer", 403), ("billing", 403),
        ("removed", 404), ("stranger", 404), ("anonymous", 302),
    ],
)  # fmt: skip
def test_who_opens_the_page(cast, project, who, status):
    """And whose forms are read at all."""
    page = f"/projects/{project.public_id}/settings"
    assert cast.client(who).get(f"{page}/danger/").status_code == status
    for form in ("transfer", "reset", "delete"):
        answer = cast.client(who).post(f"{page}/{form}/", {f"{form}-confirm": "wrong"})
        assert answer.status_code == status
        assert status != 200 or "Type the project" in answer.content.decode()
    assert not Erasure.objects.exists()


def test_the_forms_of_the_page_do_it(cast, project, other):
    """Transfer, then reset, then delete."""
    page = f"/projects/{project.public_id}/settings"
    browser = cast.client("owner")
    form = {"transfer-organization": other.public_id, "transfer-confirm": "Shop"}
    assert browser.post(f"{page}/transfer/", form).status_code == 302
    assert browser.post(f"{page}/reset/", {"reset-confirm": "Shop"}).status_code == 302
    assert "being erased" in browser.get(f"{page}/danger/").content.decode()
    answer = browser.post(f"{page}/delete/", {"delete-confirm": "Shop"}, follow=True)
    assert "Shop is deleted" in answer.content.decode()
    assert asked(project) == ["reset", "delete"]


def test_an_organization_takes_its_projects_rows_along(cast, project, foreign):
    """Those of others stay."""
    principal = Principal(user=cast.owner, name="owner@example.com")
    delete_organization(organization=cast.organization, principal=principal)
    assert asked(project) == ["delete"]
    assert asked(foreign) == []
    assert Project.objects.get() == foreign


def test_handing_over_may_be_lost_and_repeated(cast, project, monkeypatch):
    """Without the queue the request waits in SQL; what is finished is not asked for again."""
    with monkeypatch.context() as patch:
        patch.setattr(erasures, "queue", lambda: (_ for _ in ()).throw(RedisError()))
        reset_project(project=project, principal=None)
    assert asked(project) == []
    hand_over_erasures()
    hand_over_erasures()
    assert asked(project) == ["reset"]
    (request,) = [one for one in erasures.asked_erasures() if one.project_id == project.pk]
    erasures.tell_erased(request, 42)
    erasures.ask_to_erase(request)
    assert asked(project) == []
    hand_over_erasures()
    erasure = Erasure.objects.get()
    assert (erasure.rows, erasure.finished_at is None) == (42, False)
    hand_over_erasures()
    assert request.key not in erasures.erased()
    assert asked(project) == []
