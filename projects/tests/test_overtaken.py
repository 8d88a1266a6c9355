"""What comes too late: a thing that was changed, moved or deleted since it was looked up."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import AuditEntry, Membership, Organization
from accounts.principal import Principal
from accounts.services.members import remove_member
from projects.danger.services import delete_project, reset_project, transfer_project
from projects.goals.services import create_goal, delete_goal, update_goal
from projects.models import Erasure, Goal, Project, Segment, SharedLink
from projects.segments.services import create_segment, delete_segment, update_segment
from projects.services import update_project
from projects.sharing.services import create_shared_link, revoke_shared_link, update_shared_link

pytestmark = pytest.mark.django_db
GOAL = {"kind": "event", "name": "Bought", "event_name": "Buy"}


@pytest.fixture
def owner(cast):
    """Who does everything here."""
    return Principal(user=cast.owner, name=cast.owner.email)


@pytest.fixture
def other(cast):
    """A second organization of the owner's and the admin's."""
    organization = Organization.objects.create(name="Other", plan="growth")
    for who in ("owner", "admin"):
        Membership.objects.create(organization=organization, user=getattr(cast, who), role=who)
    return organization


def things(project, owner):
    """A goal, a segment and a link, each with what changes, what ends it, and its change."""
    goal = create_goal(project=project, fields=GOAL, principal=owner)
    segment = create_segment(project=project, name="S", filters=[], owner=None, principal=owner)
    link, _ = create_shared_link(project=project, name="L", principal=owner)
    return {
        "goal": (goal, update_goal, delete_goal),
        "segment": (segment, update_segment, delete_segment),
        "link": (link, update_shared_link, revoke_shared_link),
    }


@pytest.mark.parametrize("what", ["goal", "segment", "link"])
def test_a_change_does_not_bring_back_what_was_deleted(project, owner, what):
    """Whoever looked it up a moment before is told that it is not there."""
    thing, update, end = things(project, owner)[what]
    type(thing).objects.all().delete()
    lines = AuditEntry.objects.count()
    with pytest.raises(Http404):
        update(**{what: thing}, changes={"name": "Renamed"}, principal=owner)
    with pytest.raises(Http404):
        end(**{what: thing}, principal=owner)
    assert not type(thing).objects.exists()
    assert AuditEntry.objects.count() == lines


@pytest.mark.parametrize("what", ["goal", "segment", "link"])
def test_a_change_leaves_what_somebody_else_changed(project, owner, what):
    """Only the fields that are sent are written."""
    thing, update, _ = things(project, owner)[what]
    field = {"goal": "event_name", "segment": "filters", "link": "expires_at"}[what]
    meanwhile = {
        "event_name": "Paid",
        "filters": [["is", "visit:country", ["DE"]]],
        "expires_at": "2100-01-01T00:00Z",
    }[field]
    type(thing).objects.update(**{field: meanwhile})
    kept = getattr(type(thing).objects.get(), field)
    changed = update(**{what: thing}, changes={"name": "Renamed"}, principal=owner)
    assert (changed.name, getattr(type(thing).objects.get(), field)) == ("Renamed", kept)


def everything(project, owner):
    """Each change of a project, to be asked for with a row that was read before."""
    changes = {"name": "Renamed"}
    return {
        "update": lambda: update_project(project=project, changes=changes, principal=owner),
        "reset": lambda: reset_project(project=project, principal=owner),
        "delete": lambda: delete_project(project=project, principal=owner),
        "goal": lambda: create_goal(project=project, fields=GOAL, principal=owner),
        "segment": lambda: create_segment(
            project=project, name="S", filters=[], owner=None, principal=owner
        ),
        "link": lambda: create_shared_link(project=project, name="L", principal=owner),
    }


CHANGES = ["update", "reset", "delete", "goal", "segment", "link"]


@pytest.mark.parametrize("what", CHANGES)
def test_a_project_that_is_gone_takes_no_change(project, owner, what):
    """Nothing is left behind, neither in the log nor for the collector."""
    call = everything(project, owner)[what]
    Project.objects.filter(pk=project.pk).delete()
    lines = AuditEntry.objects.count()
    with pytest.raises(Http404):
        call()
    assert AuditEntry.objects.count() == lines
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("what", CHANGES)
def test_a_project_that_moved_away_takes_no_change(project, owner, other, what):
    """The right was asked of the organization that had it."""
    call = everything(project, owner)[what]
    Project.objects.filter(pk=project.pk).update(organization=other)
    with pytest.raises(Http404):
        call()
    assert Project.objects.get(pk=project.pk).name == "Shop"
    assert not (Goal.objects.exists() or Segment.objects.exists() or SharedLink.objects.exists())


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_transfer_asks_for_both_rights_again(cast, project, owner, other, side):
    """An admin who lost either between the look and the move moves nothing."""
    admin = Principal(user=cast.admin, name=cast.admin.email)
    lost = {"source": cast.organization, "target": other}[side]
    remove_member(membership=lost.memberships.get(user=cast.admin), principal=owner)
    with pytest.raises(PermissionDenied):
        transfer_project(project=project, organization=other, principal=admin)
    project.refresh_from_db()
    assert project.organization == cast.organization


def test_a_project_moves_from_where_it_is_now(cast, project, owner, other):
    """Somebody else was faster: it is not taken from the organization that it went to."""
    third = Organization.objects.create(name="Third", plan="growth")
    Membership.objects.create(organization=third, user=cast.owner, role="owner")
    stale = Project.objects.get(pk=project.pk)
    transfer_project(project=project, organization=other, principal=owner)
    with pytest.raises(Http404):
        transfer_project(project=stale, organization=third, principal=owner)
    assert Project.objects.get(pk=project.pk).organization == other


def test_a_moved_project_names_nobody_of_before(cast, project, owner, other):
    """Whoever made a link and is not in the new organization is not shown to it."""
    makers = {"gone": cast.editor, "stays": cast.admin}
    for name, person in makers.items():
        SharedLink.objects.create(project=project, name=name, secret_hash=name, created_by=person)
    transfer_project(project=project, organization=other, principal=owner)
    assert SharedLink.objects.get(name="gone").created_by is None
    assert SharedLink.objects.get(name="stays").created_by == cast.admin


def test_who_was_removed_meanwhile_leaves_no_link(cast, project, owner):
    """It would be a way back in."""
    admin = Principal(user=cast.admin, name=cast.admin.email)
    remove_member(membership=cast.membership("admin"), principal=owner)
    with pytest.raises(PermissionDenied):
        create_shared_link(project=project, name="L", principal=admin)
    assert not SharedLink.objects.exists()
