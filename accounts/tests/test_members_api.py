"""/api/v1/organizations/<id>/members: who may see whom, and who may change whom."""

import pytest
from django.test import Client

from accounts.models import ApiToken, Membership
from accounts.tests.cast import MEMBERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(cast):
    """The address of the members."""
    return f"/api/v1/organizations/{cast.organization.public_id}/members"


def address(members, cast, who):
    """The address of one member."""
    return f"{members}/{cast.membership(who).public_id}"


@pytest.mark.parametrize("who", MEMBERS)
def test_every_member_sees_the_team(cast, members, who):
    """The removed one is not in it."""
    answer = cast.call(who, "GET", members)
    assert answer.status_code == 200
    shown = {one["email"]: one["role"] for one in answer.json()["results"]}
    assert shown == {f"{name}@example.com": name for name in MEMBERS}


@pytest.mark.parametrize("who", ["removed", "stranger"])
def test_to_others_the_team_looks_absent(cast, members, who):
    """So does each member, with the same body."""
    absent = cast.call(who, "GET", "/api/v1/organizations/o_000000000000/members").content
    assert cast.call(who, "GET", members).content == absent
    for method in ("PATCH", "DELETE"):
        answer = cast.call(who, method, address(members, cast, "viewer"), {"role": "owner"})
        assert (answer.status_code, answer.content) == (404, absent)


def test_nobody_is_told_to_log_in(cast, members):
    """Anonymous is 401."""
    assert cast.call("anonymous", "GET", members).status_code == 401
    assert cast.call("anonymous", "DELETE", address(members, cast, "viewer")).status_code == 401


def test_a_member_of_another_organization_is_absent(cast, members):
    """Even for somebody who may manage both."""
    foreign = cast.owner.memberships.exclude(organization=cast.organization).get()
    for method in ("PATCH", "DELETE"):
        answer = cast.call("owner", method, f"{members}/{foreign.public_id}", {"role": "viewer"})
        assert answer.status_code == 404


@pytest.mark.parametrize("who", ["editor", "viewer", "billing"])
def test_only_owners_and_admins_manage(cast, members, who):
    """The others see the team, so the answer is 403."""
    target = address(members, cast, "owner" if who == "viewer" else "viewer")
    assert cast.call(who, "PATCH", target, {"role": "viewer"}).status_code == 403
    assert cast.call(who, "DELETE", target).status_code == 403
    assert Membership.objects.filter(organization=cast.organization).count() == len(MEMBERS)


@pytest.mark.parametrize(
    ("who", "target", "role", "status"),
    [
        ("owner", "viewer", "owner", 200),
        ("owner", "admin", "viewer", 200),
        ("admin", "viewer", "editor", 200),
        ("admin", "editor", "admin", 200),
        ("admin", "admin", "viewer", 200),
        ("admin", "viewer", "owner", 403),
        ("admin", "admin", "owner", 403),
        ("admin", "owner", "viewer", 403),
    ],
)
def test_nobody_manages_those_above_themselves(cast, members, who, target, role, status):
    """Nor lifts anybody there, themselves included."""
    answer = cast.call(who, "PATCH", address(members, cast, target), {"role": role})
    assert answer.status_code == status
    assert cast.membership(target).role == (role if status == 200 else target)


def test_a_change_of_role_is_in_the_log(cast, members):
    """The same role again is no change."""
    for _ in range(2):
        cast.call("owner", "PATCH", address(members, cast, "viewer"), {"role": "editor"})
    line = cast.organization.audit_entries.get(action="member.role")
    assert (line.target, line.detail) == ("viewer@example.com", {"from": "viewer", "to": "editor"})


@pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": None}, {"role": "x", "a": 1}])
def test_a_role_that_is_none_is_refused(cast, members, body):
    """The answer names the field."""
    answer = cast.call("owner", "PATCH", address(members, cast, "viewer"), body)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == ("a" if "a" in body else "role")


def test_whoever_is_removed_leaves_no_way_in(cast, members):
    """Their tokens are revoked, their invitations withdrawn; others' stay."""
    common = {"organization": cast.organization, "prefix": "ds_x"}
    theirs = ApiToken.objects.create(created_by=cast.admin, secret_hash="a", **common)
    others = ApiToken.objects.create(created_by=cast.owner, secret_hash="b", **common)
    path = members.replace("members", "invitations")
    cast.call("admin", "POST", path, {"email": "friend@example.com", "role": "admin"})
    assert cast.call("owner", "DELETE", address(members, cast, "admin")).status_code == 204
    theirs.refresh_from_db()
    others.refresh_from_db()
    assert theirs.revoked_at is not None
    assert others.revoked_at is None
    assert not cast.organization.invitations.exists()
    line = cast.organization.audit_entries.get(action="member.remove")
    assert line.detail == {"tokens_revoked": 1, "invitations_revoked": 1}
    assert cast.call("admin", "GET", members).status_code == 404


@pytest.mark.parametrize(("role", "stays"), [("editor", False), ("owner", True)])
def test_a_lower_role_closes_the_ways_back_up(cast, members, role, stays):
    """A token could change the team again, an invitation admit a second self."""
    token = ApiToken.objects.create(
        organization=cast.organization, created_by=cast.admin, secret_hash="a"
    )
    path = members.replace("members", "invitations")
    cast.call("admin", "POST", path, {"email": "friend@example.com", "role": "admin"})
    cast.call("owner", "PATCH", address(members, cast, "admin"), {"role": role})
    token.refresh_from_db()
    assert (token.revoked_at is None) == stays
    assert cast.organization.invitations.exists() == stays


@pytest.mark.parametrize("who", ["viewer", "billing", "admin"])
def test_everybody_may_leave(cast, members, who):
    """One's own membership can be ended without any right."""
    assert cast.call(who, "DELETE", address(members, cast, who)).status_code == 204
    line = cast.organization.audit_entries.get(action="member.leave")
    assert line.actor == line.target == f"{who}@example.com"


@pytest.mark.parametrize("role", ["viewer", None])
def test_what_a_token_offered_ends_with_its_maker(cast, members, role):
    """A second self that was invited by token is a way back, too."""
    tokens = members.replace("members", "tokens")
    made = cast.call("admin", "POST", tokens, {"name": "CI", "scopes": ["team:write"]}).json()
    Client().post(
        members.replace("members", "invitations"),
        {"email": "friend@example.com", "role": "admin"},
        content_type="application/json",
        headers={"authorization": f"Bearer {made['secret']}"},
    )
    assert cast.organization.invitations.get().role == "admin"
    place = address(members, cast, "admin")
    if role:
        cast.call("owner", "PATCH", place, {"role": role})
    else:
        cast.call("owner", "DELETE", place)
    assert not cast.organization.invitations.exists()


@pytest.fixture
def transfer(members):
    """The address that gives an organization away."""
    return members.replace("/members", "/transfer")


def test_an_owner_gives_an_organization_away(cast, transfer):
    """The member owns it, they are an admin, and the log says both."""
    chosen = cast.membership("viewer")
    answer = cast.call("owner", "POST", transfer, {"member": chosen.public_id})
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    assert cast.membership("owner").role == "admin"
    told = cast.organization.audit_entries.values_list("target", "detail__to")
    assert sorted(told) == [("owner@example.com", "admin"), ("viewer@example.com", "owner")]
    assert cast.call("owner", "POST", transfer, {"member": chosen.public_id}).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "member"),
        ({"member": "m_000000000000"}, 404, None),
        ({"member": "nonsense"}, 404, None),
        ({"member": ["x"]}, 400, "member"),
        ({"member": "m_000000000000", "role": "owner"}, 400, "role"),
        ([], 400, None),
    ],
)
def test_it_must_go_to_a_member(cast, transfer, body, status, field):
    """Nothing changes else, and the error says where."""
    answer = cast.call("owner", "POST", transfer, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
    assert cast.membership("owner").role == "owner"


def test_it_cannot_go_to_oneself_or_to_somebody_of_elsewhere(cast, transfer):
    """A foreign member looks absent."""
    mine = cast.membership("owner").public_id
    answer = cast.call("owner", "POST", transfer, {"member": mine})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_owner")
    foreign = cast.stranger.memberships.get().public_id
    assert cast.call("owner", "POST", transfer, {"member": foreign}).status_code == 404


@pytest.mark.parametrize("who", ["admin", "editor", "viewer", "billing"])
def test_only_the_owner_gives_it_away(cast, transfer, who):
    """Not even an admin."""
    body = {"member": cast.membership(who).public_id}
    assert cast.call(who, "POST", transfer, body).status_code == 403
    assert cast.membership("owner").role == "owner"
