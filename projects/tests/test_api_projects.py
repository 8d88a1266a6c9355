"""/api/v1/projects and one project: for each role, for tokens, and for bad bodies."""

import pytest
from rest_framework.test import APIRequestFactory, force_authenticate

from accounts.models import AuditEntry, Organization
from accounts.principal import Principal
from projects import registry
from projects.api import ProjectsView
from projects.models import Project
from projects.tests.calls import ABSENT, answers, call

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS = ("owner", "admin", "editor", "viewer", "billing")


def body(cast, **more):
    """A new project."""
    new = {"organization": cast.organization.public_id, "name": "Blog", "domain": "b.example"}
    return new | {"time_zone": "Asia/Tokyo"} | more


@pytest.mark.parametrize("who", MEMBERS)
def test_members_list_their_projects_and_no_others(cast, project, foreign, who):
    """Theirs are those of every organization that they belong to."""
    status, found = call(cast, who, "get", "")
    assert status == 200
    assert [one["id"] for one in found["results"]] == [project.public_id]


def test_the_list_is_paged_and_can_be_one_organizations(cast, project, foreign):
    """A foreign organization looks absent; a limit beyond 100 is refused."""
    own = Project.objects.create(
        organization=cast.owner.organizations.exclude(pk=cast.organization.pk).get(), name="Own"
    )
    status, page = call(cast, "owner", "get", "?limit=1")
    assert page["results"][0]["id"] == project.public_id
    status, page = call(cast, "owner", "get", f"?limit=1&cursor={page['next_cursor']}")
    assert page == {"results": [page["results"][0]], "next_cursor": None}
    assert page["results"][0]["id"] == own.public_id
    status, page = call(cast, "owner", "get", f"?organization={cast.organization.public_id}")
    assert [one["name"] for one in page["results"]] == ["Shop"]
    for public_id in (foreign.organization.public_id, "o_000000000000", "x", "%00"):
        status, found = call(cast, "owner", "get", f"?organization={public_id}")
        assert (status, found["error"]) == (404, ABSENT)
    assert call(cast, "owner", "get", "?limit=101")[1]["error"]["field"] == "limit"


@pytest.mark.parametrize(("who", "status"), answers(("owner", "admin"), 201))
def test_who_may_create(cast, who, status):
    """And whoever may, gets its snippet, and the collector knows it."""
    found, made = call(cast, who, "post", "", body(cast, blocked_countries=["de"]))
    assert found == status
    if status != 201:
        assert not Project.objects.exists()
        return
    assert made["blocked_countries"] == ["DE"]
    assert made["id"] in made["snippet"]
    assert registry.find(made["id"]).zone == "Asia/Tokyo"
    assert AuditEntry.objects.filter(action="project.create", target="Blog").exists()


def test_a_foreign_organization_in_the_body_looks_absent(cast, foreign):
    """Like one that is not there."""
    for public_id in (foreign.organization.public_id, "o_000000000000", "no id"):
        status, found = call(cast, "owner", "post", "", body(cast, organization=public_id))
        assert (status, found["error"]) == (404, ABSENT)


@pytest.mark.parametrize(("who", "status"), answers(MEMBERS, 200))
def test_who_may_look(cast, project, who, status):
    """An absent project gets the same answer as a foreign one."""
    found, shown = call(cast, who, "get", f"/{project.public_id}")
    assert found == status
    if status == 404:
        assert shown == call(cast, who, "get", "/p_000000000000")[1] == {"error": ABSENT}


@pytest.mark.parametrize(("who", "status"), answers(("owner", "admin"), 200))
def test_who_may_change(cast, project, who, status):
    """Only what is sent is changed."""
    sent = {"name": "Store", "page_masks": ["/user/*"], "is_public": True}
    found, _ = call(cast, who, "patch", f"/{project.public_id}", sent)
    assert found == status
    project.refresh_from_db()
    assert project.name == ("Store" if status == 200 else "Shop")
    assert project.domain == "example.com"
    assert registry.find(project.public_id) == project.rules()


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ({"name": " "}, "name", "blank"),
        ({"name": "a\nb"}, "name", "one line"),
        ({"domain": "x y"}, "domain", "Type one such as example.com"),
        ({"time_zone": "Mars/Base"}, "time_zone", "Type one such as Europe/Berlin"),
        ({"hostnames": ["a.example", "-"]}, "hostnames[1]", "is not a domain"),
        ({"hostnames": "a.example"}, "hostnames", "list"),
        ({"hostnames": [{}]}, "hostnames.0", "string"),
        ({"blocked_networks": ["1.2.3.4/33"]}, "blocked_networks[0]", "type one such as"),
        ({"blocked_pages": ["/a"] * 101}, "blocked_pages", "100"),
        ({"page_parameters": ["id", "a b"]}, "page_parameters[1]", "no parameter's name"),
        ({"retention_months": 121}, "retention_months", "120"),
        ({"is_public": "perhaps"}, "is_public", "boolean"),
        ({"organization": "o_000000000000"}, "organization", "There is no such field"),
        ({"public_id": "p_aaaaaaaaaaaa"}, "public_id", "There is no such field"),
    ],
)
def test_a_bad_field_is_named_with_its_limit(cast, project, sent, field, says):
    """And nothing of the body is kept."""
    sent = {"lowers_paths": True} | sent
    status, found = call(cast, "owner", "patch", f"/{project.public_id}", sent)
    assert (status, found["error"]["field"]) == (400, field)
    assert says in found["error"]["message"]
    project.refresh_from_db()
    assert not project.lowers_paths


@pytest.mark.parametrize(
    ("scopes", "bound", "reads", "writes"),
    [
        ({"projects:read"}, False, 200, 403),
        ({"projects:write"}, False, 200, 201),
        ({"stats:read"}, False, 403, 403),
        ({"projects:write"}, True, 200, 403),
    ],
)
def test_a_token_does_what_its_scopes_say(cast, project, foreign, scopes, bound, reads, writes):
    """One bound to projects makes no new ones and sees only its own."""
    second = Project.objects.create(organization=cast.organization, name="Second")
    principal = Principal(
        organization_id=cast.organization.pk,
        scopes=frozenset(scopes),
        project_ids=frozenset({second.pk}) if bound else None,
        name="token",
    )

    def ask(method, data=None):
        request = getattr(APIRequestFactory(), method)("/", data, format="json")
        force_authenticate(request, user=cast.owner, token=principal)
        return ProjectsView.as_view()(request)

    answer = ask("get")
    assert answer.status_code == reads
    if reads == 200:
        names = [one["name"] for one in answer.data["results"]]
        assert names == (["Second"] if bound else ["Shop", "Second"])
    assert ask("post", body(cast)).status_code == writes


def test_the_plan_sets_how_many_and_for_how_long(cast, project):
    """The refusal says what the plan allows, and nothing is made."""
    Organization.objects.filter(pk=cast.organization.pk).update(plan="free")
    status, found = call(cast, "owner", "patch", f"/{project.public_id}", {"retention_months": 25})
    assert (status, found["error"]["code"]) == (403, "plan_limit")
    assert "24 months" in found["error"]["message"]
    page = f"/projects/{project.public_id}/settings/"
    form = {"name": "x", "domain": "x.example", "time_zone": "UTC", "retention_months": "25"}
    assert "24 months" in cast.client("owner").post(page, form).content.decode()
    for _ in range(4):
        assert call(cast, "owner", "post", "", body(cast))[0] == 201
    status, found = call(cast, "owner", "post", "", body(cast))
    assert (status, found["error"]["code"]) == (403, "plan_limit")
    form |= {"organization": cast.organization.public_id, "retention_months": ""}
    assert "5 projects" in cast.client("admin").post("/projects/new/", form).content.decode()
    assert Project.objects.count() == 5
