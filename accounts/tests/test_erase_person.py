"""`manage.py erase_person`: what goes, what stays, and when it refuses."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from accounts.audit import record
from accounts.models import ApiToken, AuditEntry, Invitation, Membership, Organization, User
from accounts.principal import Principal
from accounts.tests.cast import second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def traces(cast):
    """Everything that an editor leaves behind."""
    browser = cast.client("editor")
    browser.get("/projects/")
    second_factor(cast.editor)
    EmailAddress.objects.create(user=cast.editor, email="Ed@work.example", verified=True)
    EmailAddress.objects.create(user=cast.editor, email="viewer2@example.com", verified=False)
    token = ApiToken.objects.create(
        organization=cast.organization, created_by=cast.editor, secret_hash="a"
    )
    for number, email in enumerate(("ed@work.example", "viewer2@example.com")):
        Invitation.objects.create(
            organization=cast.stranger.organizations.get(),
            email=email,
            role="viewer",
            secret_hash=str(number),
            expires_at="2030-01-01T00:00Z",
        )
    common = {"organization": cast.organization, "action": "thing.do"}
    record(principal=Principal(user=cast.editor), **common)
    record(principal=None, target="editor@example.com", **common)
    detail = {"to": "Editor@example.com, myeditor@example.com", "list": ["ed@work.example"]}
    record(principal=Principal(user=cast.viewer), detail=detail, **common)
    return browser, token


def erase(*words):
    """Run the command and give what it says."""
    import io

    out = io.StringIO()
    call_command("erase_person", *words, stdout=out)
    return out.getvalue()


def test_a_person_goes_with_everything_of_theirs(cast, traces):
    """Account, addresses, factor, memberships, their own organization, session, invitation."""
    browser, token = traces
    own = cast.editor.organizations.exclude(pk=cast.organization.pk).get()
    key = browser.session.session_key
    pk = cast.editor.pk
    erase("editor@example.com")
    assert not User.objects.filter(pk=pk).exists()
    assert not EmailAddress.objects.filter(user_id=pk).exists()
    assert not Membership.objects.filter(user_id=pk).exists()
    assert not Organization.objects.filter(pk=own.pk).exists()
    assert not Session.objects.filter(session_key=key).exists()
    assert browser.get("/projects/").status_code == 302
    token.refresh_from_db()
    assert (token.created_by, token.revoked_at is None) == (None, False)


def test_what_a_person_offered_goes_with_them(cast, traces):
    """Nobody is let in by somebody who is no longer there."""
    open_offer = {"role": "admin", "secret_hash": "o", "expires_at": "2030-01-01T00:00Z"}
    cast.organization.invitations.create(
        email="friend@example.com", invited_by=cast.editor, **open_offer
    )
    erase("editor@example.com")
    assert not cast.organization.invitations.exists()


def test_logs_forget_the_name_and_nobody_else_s(cast, traces):
    """As actor, as target, and within the detail; a longer address is somebody else's."""
    erase("editor@example.com")
    lines = cast.organization.audit_entries.order_by("pk")
    actors = [line.actor for line in lines]
    assert actors == ["erased person", "Daysalt", "viewer@example.com"]
    assert lines[1].target == "erased person"
    assert lines[2].detail == {
        "to": "erased person, myeditor@example.com",
        "list": ["erased person"],
    }


def test_logs_forget_whom_an_app_acted_for(cast):
    """Its name stays, and so does everybody else's address."""
    for name in ("Shop for editor@example.com", "Shop for myeditor@example.com"):
        app = Principal(user=cast.editor, name=name)
        record(organization=cast.organization, principal=app, action="goal.create", target=name)
    erase("editor@example.com")
    lines = AuditEntry.objects.filter(action="goal.create").order_by("pk")
    told = ["Shop for erased person", "Shop for myeditor@example.com"]
    assert [line.actor for line in lines] == [line.target for line in lines] == told


def test_an_address_that_was_only_claimed_is_left_alone(cast, traces):
    """Its invitation is for whoever reads its mail."""
    erase("editor@example.com")
    assert [one.email for one in Invitation.objects.all()] == ["viewer2@example.com"]
    with pytest.raises(CommandError, match="no account"):
        erase("viewer2@example.com")


@pytest.mark.parametrize("address", ["EDITOR@example.com", "ed@work.example"])
def test_any_proven_address_names_the_person(cast, traces, address):
    """In any spelling."""
    erase(address)
    assert not User.objects.filter(pk=cast.editor.pk).exists()


def test_a_dry_run_says_what_would_go_and_does_nothing(cast, traces):
    """The same numbers as the real one."""
    before = (User.objects.count(), AuditEntry.objects.filter(actor__contains="@").count())
    said = erase("editor@example.com", "--dry-run")
    assert (User.objects.count(), AuditEntry.objects.filter(actor__contains="@").count()) == before
    assert "1 organizations of theirs alone would go" in said
    assert "2 memberships would go" in said
    assert "1 sessions would go" in said
    assert erase("editor@example.com") == said.replace("would go", "gone")


def test_the_last_owner_of_others_stays(cast):
    """The refusal names the organization and the fix; nothing is half done."""
    with pytest.raises(CommandError, match="Make another member an owner first") as refused:
        erase("owner@example.com")
    assert cast.organization.public_id in str(refused.value)
    assert cast.owner.organizations.count() == 2
    assert "refused: the only owner of Acme" in erase("owner@example.com", "--dry-run")


def test_one_of_two_owners_can_be_erased(cast):
    """The organization goes on with the other."""
    Membership.objects.filter(pk=cast.membership("admin").pk).update(role="owner")
    erase("owner@example.com")
    assert cast.organization.memberships.filter(role="owner").count() == 1


def test_an_unknown_address_is_an_error():
    """With one sentence."""
    with pytest.raises(CommandError, match="no account has the address"):
        erase("x@example.com")
