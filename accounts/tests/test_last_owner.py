"""An organization never remains without an owner, in whatever order people go."""

from functools import partial

import pytest

from accounts.errors import LastOwner, Refused
from accounts.models import Membership
from accounts.principal import Principal
from accounts.services import members
from accounts.tests.at_once import at_once

pytestmark = pytest.mark.django_db


def act(cast, what, who="owner"):
    """Let the last owner leave, be removed, or be demoted, by their own hand."""
    membership, principal = cast.membership(who), Principal(user=getattr(cast, who))
    if what == "demote":
        members.change_role(membership=membership, role="viewer", principal=principal)
    elif what == "remove":
        members.remove_member(membership=membership, principal=principal)
    else:
        members.leave(membership=membership, principal=principal)


@pytest.mark.parametrize("what", ["leave", "remove", "demote"])
def test_the_last_owner_stays(cast, what):
    """The refusal says what to do, and nothing is written."""
    with pytest.raises(LastOwner, match="Make another member an owner first"):
        act(cast, what)
    assert cast.membership("owner").role == "owner"
    assert not cast.organization.audit_entries.exists()


@pytest.mark.parametrize("what", ["leave", "remove", "demote"])
def test_one_of_two_owners_may_go(cast, what):
    """The other remains; then they are the last."""
    Membership.objects.filter(pk=cast.membership("admin").pk).update(role="owner")
    act(cast, what)
    with pytest.raises(LastOwner):
        act(cast, what, "admin")


def test_an_owner_who_cannot_log_in_does_not_count(cast):
    """A closed account owns nothing that anybody could use."""
    Membership.objects.filter(pk=cast.membership("admin").pk).update(role="owner")
    cast.admin.is_active = False
    cast.admin.save()
    with pytest.raises(LastOwner):
        act(cast, "leave")


def test_ownership_is_handed_over_in_one_step(cast):
    """The owner becomes an admin."""
    principal = Principal(user=cast.owner)
    members.transfer_ownership(membership=cast.membership("viewer"), principal=principal)
    assert cast.membership("viewer").role == "owner"
    assert cast.membership("owner").role == "admin"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["leave", "remove", "demote"])
def test_two_owners_who_go_at_once_do_not_both_go(cast, what):
    """Each waits for the other's transaction and then sees that they are the last."""
    Membership.objects.filter(pk=cast.membership("admin").pk).update(role="owner")
    ends = at_once(*(partial(act, cast, what, who) for who in ("owner", "admin")))
    assert set(ends) == {None, LastOwner}
    assert cast.organization.memberships.filter(role="owner").count() == 1


def test_a_closed_account_is_made_no_owner(cast):
    """Nobody could log in as the owner any more."""
    cast.admin.is_active = False
    cast.admin.save()
    with pytest.raises(Refused):
        members.transfer_ownership(
            membership=cast.membership("admin"), principal=Principal(user=cast.owner)
        )
    assert cast.membership("owner").role == "owner"
