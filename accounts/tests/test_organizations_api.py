"""/api/v1/organizations: who may see, found, change and end an organization."""

import pytest
from rest_framework.test import APIClient

from accounts.models import Organization
from accounts.principal import Principal
from accounts.services import organizations
from accounts.tests.cast import MEMBERS, second_factor

pytestmark = pytest.mark.django_db
LIST = "/api/v1/organizations"
NOWHERE = f"{LIST}/o_000000000000"


@pytest.fixture
def one(cast):
    """The address of the organization."""
    return f"{LIST}/{cast.organization.public_id}"


@pytest.mark.parametrize("who", MEMBERS)
def test_every_member_sees_it_and_their_role(cast, one, who):
    """What is told is what the contract names, and no integer id."""
    answer = cast.call(who, "GET", one)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"id", "name", "plan", "requires_two_factor", "role", "created_at"}
    assert (body["id"], body["role"]) == (cast.organization.public_id, who)


@pytest.mark.parametrize("who", ["removed", "stranger"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_to_others_it_looks_absent(cast, one, who, method):
    """The body is the same as for an organization that is not there."""
    foreign, absent = cast.call(who, method, one), cast.call(who, method, NOWHERE)
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content


@pytest.mark.parametrize("malformed", ["x", "o_", "%00", "o_00000000000%00", "1", "é" * 14])
def test_an_id_that_is_none_is_absent(cast, malformed):
    """Whatever stands in its place, the answer is the same."""
    answer = cast.call("owner", "GET", f"{LIST}/{malformed}")
    assert answer.content == cast.call("owner", "GET", NOWHERE).content


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_nobody_is_told_to_log_in(cast, one, method):
    """Anonymous is 401, here and for the list."""
    assert cast.call("anonymous", method, one).status_code == 401
    assert cast.call("anonymous", "GET", LIST).status_code == 401


@pytest.mark.parametrize("who", ["admin", "editor", "viewer", "billing"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_only_an_owner_changes_or_ends_it(cast, one, who, method):
    """It is visible, so the answer is 403; nothing happens."""
    assert cast.call(who, method, one, {"name": "Mine"}).status_code == 403
    assert Organization.objects.get(pk=cast.organization.pk).name == "Acme"


def test_the_list_holds_one_s_own_only(cast):
    """Two for a member: Acme and their own. A stranger has just their own."""
    names = {one["name"] for one in cast.call("viewer", "GET", LIST).json()["results"]}
    assert names == {"Acme", "viewer's organization"}
    names = [one["name"] for one in cast.call("stranger", "GET", LIST).json()["results"]]
    assert names == ["stranger's organization"]


def test_the_list_comes_in_pages(cast):
    """The cursor leads to the rest."""
    first = cast.call("viewer", "GET", f"{LIST}?limit=1").json()
    rest = cast.call("viewer", "GET", f"{LIST}?limit=1&cursor={first['next_cursor']}").json()
    assert first["results"] != rest["results"]
    assert rest["next_cursor"] is None


def test_whoever_founds_one_owns_it(cast):
    """The founding is the first line of its log."""
    answer = cast.call("viewer", "POST", LIST, {"name": "  Second  "})
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["role"]) == ("Second", "owner")
    made = Organization.objects.get(public_id=answer.json()["id"])
    assert [line.action for line in made.audit_entries.all()] == ["organization.create"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "Win at https://x.example"}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x", "plan": "business"}, "plan"),
        ({"name": "x", "id": "o_000000000000"}, "id"),
        ([], None),
        ("x", None),
    ],
)
def test_a_bad_body_is_refused_by_its_field(cast, body, field):
    """Nothing is made."""
    before = Organization.objects.count()
    answer = cast.call("owner", "POST", LIST, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.json()
    assert Organization.objects.count() == before


def test_nobody_owns_organizations_without_end(cast, monkeypatch):
    """The answer names the limit and the way out."""
    monkeypatch.setattr(organizations, "MOST_OWNED", 1)
    answer = cast.call("stranger", "POST", LIST, {"name": "Another"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_organizations")


def test_an_owner_renames_it(cast, one):
    """The log tells the name before and after."""
    answer = cast.call("owner", "PATCH", one, {"name": "Apex"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Apex")
    line = cast.organization.audit_entries.get(action="organization.rename")
    assert (line.actor, line.detail) == ("owner@example.com", {"from": "Acme", "to": "Apex"})
    assert line.network == "127.0.0.0/24"


def test_a_second_factor_is_asked_of_everybody(cast, one):
    """An owner without one cannot lock themselves out; members without one get 403 with a code."""
    refused = cast.call("owner", "PATCH", one, {"requires_two_factor": True})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_second_factor")
    second_factor(cast.owner)
    assert cast.call("owner", "PATCH", one, {"requires_two_factor": True}).status_code == 200
    for path in (one, f"{one}/members"):
        answer = cast.call("viewer", "GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "two_factor_required")
    assert cast.call("stranger", "GET", one).status_code == 404
    assert "Acme" not in cast.call("viewer", "GET", LIST).content.decode()
    second_factor(cast.viewer)
    assert cast.call("viewer", "GET", one).status_code == 200
    assert "Acme" in cast.call("viewer", "GET", LIST).content.decode()


def test_an_owner_deletes_it(cast, one):
    """It is gone for everybody, and whoever keeps something for it is told first."""
    told = []
    organizations._farewells.append(lambda gone, principal: told.append(gone.public_id))
    try:
        assert cast.call("owner", "DELETE", one).status_code == 204
    finally:
        organizations._farewells.pop()
    assert told == [cast.organization.public_id]
    assert not Organization.objects.filter(pk=cast.organization.pk).exists()
    assert cast.call("owner", "GET", one).status_code == 404


@pytest.mark.parametrize(("scopes", "status"), [({"team:read"}, 200), ({"stats:read"}, 403)])
def test_a_scope_decides_what_is_told(cast, one, scopes, status):
    """For a token of the organization: its list is itself, and it may change nothing."""
    principal = Principal(
        organization_id=cast.organization.pk, scopes=frozenset(scopes), name="CI token"
    )
    browser = APIClient()
    browser.force_authenticate(user=cast.owner, token=principal)
    for path in (LIST, one, f"{one}/members"):
        assert browser.get(path).status_code == status
    if status == 200:
        assert [row["name"] for row in browser.get(LIST).json()["results"]] == ["Acme"]
        assert browser.get(one).json()["role"] is None
    assert browser.post(LIST, {"name": "x"}, format="json").status_code == 403
    for path in (f"{one}/audit", f"{one}/usage", f"{one}/invitations"):
        assert browser.get(path).status_code == 403
    assert browser.delete(one).status_code == 403


def test_a_token_manages_the_team_below_its_owners(cast, one):
    """As far as the least of those who can make one; its name is in the log."""
    principal = Principal(
        organization_id=cast.organization.pk, scopes=frozenset({"team:write"}), name="CI token"
    )
    browser = APIClient()
    browser.force_authenticate(user=cast.owner, token=principal)
    owner, viewer = (cast.membership(who).public_id for who in ("owner", "viewer"))
    assert browser.delete(f"{one}/members/{owner}").status_code == 403
    change = {"role": "owner"}
    assert browser.patch(f"{one}/members/{viewer}", change, format="json").status_code == 403
    assert browser.delete(f"{one}/members/{viewer}").status_code == 204
    assert cast.organization.audit_entries.get().actor == "CI token"
