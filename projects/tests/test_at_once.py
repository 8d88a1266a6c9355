"""What must hold when several requests come at the same moment; on PostgreSQL, where they can."""

import pytest
from django.http import Http404

from accounts.models import Membership, Organization
from accounts.principal import Principal
from accounts.tests.at_once import at_once
from projects.danger.services import delete_project, transfer_project
from projects.goals import services as goals
from projects.models import Erasure, Project
from projects.rules import RuleError
from projects.segments import services as segments
from projects.services import create_project, update_project
from projects.sharing import services as sharing

pytestmark = pytest.mark.django_db(transaction=True)
REFUSALS = (RuleError, Http404)


@pytest.fixture
def owner(cast):
    """Who asks for everything."""
    return Principal(user=cast.owner, name=cast.owner.email)


def makers(project, owner):
    """For each kind of thing: where its most stands, its rows, and a call that makes the nth."""
    fields = {"kind": "event", "event_name": "Buy"}
    return {
        "MOST_GOALS": (goals, project.goals, lambda number: goals.create_goal(
            project=project, fields=fields | {"name": str(number)}, principal=owner)),
        "MOST_SEGMENTS": (segments, project.segments, lambda number: segments.create_segment(
            project=project, name=str(number), filters=[], owner=None, principal=owner)),
        "MOST_LINKS": (sharing, project.shared_links, lambda number: sharing.create_shared_link(
            project=project, name=str(number), principal=owner)),
    }  # fmt: skip


@pytest.mark.parametrize("most", ["MOST_GOALS", "MOST_SEGMENTS", "MOST_LINKS"])
def test_the_last_place_is_given_once(project, owner, monkeypatch, most):
    """Eight that come at once do not all see it free."""
    module, rows, make = makers(project, owner)[most]
    monkeypatch.setattr(module, most, 1)
    calls = [lambda number=number: make(number) for number in range(8)]
    ends = at_once(*calls, refusals=REFUSALS)
    assert sorted(map(str, ends)) == sorted(map(str, [None] + [RuleError] * 7))
    assert rows.count() == 1


def test_a_project_is_deleted_once(project, owner):
    """The collector is asked once, the log has one line, and nobody is told of a failure."""
    ends = at_once(
        *[lambda: delete_project(project=project, principal=owner)] * 4, refusals=REFUSALS
    )
    assert sorted(map(str, ends)) == sorted(map(str, [None] + [Http404] * 3))
    assert Erasure.objects.count() == 1


def move(project, organization, owner):
    """A call that gives it to another organization."""
    return lambda: transfer_project(project=project, organization=organization, principal=owner)


def test_transfers_that_cross_do_not_wait_for_each_other(cast, project, owner):
    """Nor does a change that comes at the same moment."""
    other = Organization.objects.create(name="Other", plan="growth")
    Membership.objects.create(organization=other, user=cast.owner, role="owner")
    create_project(organization=other, name="Back", domain="b.example", time_zone="UTC")
    homes = {cast.organization.pk: other, other.pk: cast.organization}

    def rename(stale):
        changes = {"name": f"In {stale.organization.name}"}
        return lambda: update_project(project=stale, changes=changes, principal=owner)

    for _ in range(5):
        rows = Project.objects.select_related("organization").order_by("pk")
        moves = [move(one, homes[one.organization_id], owner) for one in rows]
        before = [one.organization_id for one in rows]
        assert at_once(*moves, rename(rows[0]), refusals=REFUSALS)[:2].count(None) >= 1
        after = [one.organization_id for one in rows.all()]
        assert after == before[::-1]
