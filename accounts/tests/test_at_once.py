"""What must hold when two requests come at the same moment; on PostgreSQL, where they can."""

import pytest
from django.http import Http404

from accounts.access import hash_secret
from accounts.errors import LimitReached, Refused
from accounts.models import Invitation, Usage
from accounts.principal import Principal
from accounts.services import invitations, organizations, record_usage
from accounts.tests.at_once import at_once
from accounts.usage import this_month

pytestmark = pytest.mark.django_db(transaction=True)


def offer(cast, who):
    """An open invitation for one of the outsiders."""
    email = getattr(cast, who).email
    return Invitation.objects.create(
        organization=cast.organization,
        email=email,
        role="viewer",
        secret_hash=hash_secret(email),
        expires_at="2100-01-01T00:00Z",
    )


def accept(cast, invitation, who):
    """A call that accepts it."""
    person = getattr(cast, who)
    principal = Principal(user=person)
    return lambda: invitations.accept_invitation(
        invitation=invitation, person=person, principal=principal
    )


def test_an_invitation_works_once(cast):
    """Whoever clicks eight times is a member once, and the log says so once."""
    invitation = offer(cast, "stranger")
    ends = at_once(*[accept(cast, invitation, "stranger")] * 8)
    assert sorted(map(str, ends)) == sorted(map(str, [None] + [Http404] * 7))
    assert cast.organization.audit_entries.filter(action="member.join").count() == 1


def test_the_last_place_is_given_once(cast):
    """The other invited person is told that the plan is full."""
    for who in ("editor", "viewer", "billing"):
        cast.membership(who).delete()
    cast.organization.plan = "free"
    cast.organization.save()
    pair = [(offer(cast, who), who) for who in ("stranger", "removed")]
    ends = at_once(*(accept(cast, *one) for one in pair))
    assert set(ends) == {None, LimitReached}
    assert cast.organization.memberships.count() == 3


def test_an_address_is_invited_once(cast):
    """The others are told that there is an open invitation."""

    def invite():
        invitations.invite(
            organization=cast.organization,
            email="new@example.com",
            role="viewer",
            principal=Principal(user=cast.admin),
        )

    assert sorted(map(str, at_once(*[invite] * 6))) == sorted(map(str, [None] + [Refused] * 5))


def test_the_last_organization_is_founded_once(cast, monkeypatch):
    """A person who asks eight times at once owns one more."""
    monkeypatch.setattr(organizations, "MOST_OWNED", 2)

    def found():
        principal = Principal(user=cast.stranger)
        organizations.create_organization(name="New", principal=principal, person=cast.stranger)

    assert sorted(map(str, at_once(*[found] * 8))) == sorted(map(str, [None] + [Refused] * 7))
    assert cast.stranger.memberships.count() == 2


def test_the_last_mail_of_a_day_is_sent_once(cast, monkeypatch):
    """From whichever organization of the person's."""
    monkeypatch.setattr(invitations, "MOST_MAILS", 1)

    def invite(organization, email):
        return lambda: invitations.invite(
            organization=organization,
            email=email,
            role="viewer",
            principal=Principal(user=cast.owner),
        )

    both = cast.owner.organizations.all()
    ends = at_once(*(invite(one, f"{one.public_id}@example.com") for one in both))
    assert sorted(map(str, ends)) == sorted(map(str, [None, Refused]))
    assert Invitation.objects.count() == 1


def test_usage_that_is_told_at_once_warns_once(cast, mailoutbox):
    """Several workers may recount the same month."""
    month = this_month()

    def tell():
        record_usage(organization_id=cast.organization.pk, month=month, events=1_000_000)

    at_once(*[tell] * 6)
    assert Usage.objects.get().events == 1_000_000
    assert len(mailoutbox) == 2
