"""/api/v1/organizations/<id>/invitations: who may invite whom, again, and take it back."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import Invitation
from accounts.principal import Principal
from accounts.services import invitations as services

pytestmark = pytest.mark.django_db
LIST = "/api/v1/organizations"


@pytest.fixture
def path(cast):
    """The address of the invitations."""
    return f"/api/v1/organizations/{cast.organization.public_id}/invitations"


@pytest.fixture
def invited(cast, path, django_capture_on_commit_callbacks):
    """Invite an address as somebody; the mail is sent as after a commit."""

    def invite(who="admin", email="new@example.com", role="viewer"):
        with django_capture_on_commit_callbacks(execute=True):
            return cast.call(who, "POST", path, {"email": email, "role": role})

    return invite


def test_an_invitation_is_mailed_once_with_text_and_html(cast, invited):
    """Only the mail has the secret: neither the answer nor the table has."""
    answer = invited()
    assert answer.status_code == 201
    shown = {"id", "email", "role", "invited_by", "created_at", "expires_at"}
    assert set(answer.json()) == shown
    (sent,) = mail.outbox
    assert sent.to == ["new@example.com"]
    assert sent.subject == "Invitation to Acme on Daysalt"
    secret = sent.body.split("/organizations/join/")[1].split("/")[0]
    assert secret in sent.alternatives[0].content
    assert 'class="button"' in sent.alternatives[0].content
    row = Invitation.objects.get()
    assert row.secret_hash != secret
    assert secret.encode() not in answer.content
    left = row.expires_at - timezone.now()
    assert timedelta(hours=47, minutes=59) < left <= timedelta(hours=48)


def test_an_address_with_an_account_gets_the_same_answer(cast, invited):
    """Whether somebody has an account here is nobody's business."""
    known = invited(email="stranger@example.com")
    unknown = invited(email="nobody@example.com")
    assert known.status_code == unknown.status_code == 201
    assert known.json().keys() == unknown.json().keys()
    assert [one.subject for one in mail.outbox] == [mail.outbox[0].subject] * 2


@pytest.mark.parametrize("who", ["editor", "viewer", "billing"])
def test_only_owners_and_admins_invite(cast, path, invited, who):
    """The team is visible to the others, so the answer is 403; no mail is sent."""
    row = invited().json()["id"]
    mail.outbox.clear()
    assert invited(who, "x@example.com").status_code == 403
    assert cast.call(who, "GET", path).status_code == 403
    assert cast.call(who, "DELETE", f"{path}/{row}").status_code == 403
    assert cast.call(who, "POST", f"{path}/{row}/resend").status_code == 403
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("who", "status"), [("removed", 404), ("stranger", 404), ("anonymous", 401)]
)
def test_outsiders_see_no_invitation(cast, path, invited, who, status):
    """Absent to strangers, closed to nobody."""
    row = invited().json()["id"]
    answers = [
        cast.call(who, "GET", path),
        cast.call(who, "POST", path, {"email": "x@example.com", "role": "viewer"}),
        cast.call(who, "DELETE", f"{path}/{row}"),
        cast.call(who, "POST", f"{path}/{row}/resend"),
    ]
    assert [answer.status_code for answer in answers] == [401 if who == "anonymous" else 404] * 4


def test_an_invitation_of_another_organization_is_absent(cast, path, invited):
    """Even for the owner of both."""
    own = cast.owner.memberships.exclude(organization=cast.organization).get().organization
    row = cast.call(
        "owner",
        "POST",
        f"/api/v1/organizations/{own.public_id}/invitations",
        {"email": "x@example.com", "role": "viewer"},
    ).json()["id"]
    assert cast.call("owner", "DELETE", f"{path}/{row}").status_code == 404
    assert cast.call("owner", "POST", f"{path}/{row}/resend").status_code == 404


def test_an_admin_invites_no_owner_nor_touches_such_an_invitation(cast, path, invited):
    """Nobody manages those above themselves."""
    assert invited("admin", role="owner").status_code == 403
    row = invited("owner", role="owner").json()["id"]
    assert cast.call("admin", "DELETE", f"{path}/{row}").status_code == 403
    assert cast.call("admin", "POST", f"{path}/{row}/resend").status_code == 403
    assert cast.call("owner", "DELETE", f"{path}/{row}").status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"email": "no address", "role": "viewer"}, 400, "email"),
        ({"email": "x@example.com", "role": "king"}, 400, "role"),
        ({"email": "x@example.com"}, 400, "role"),
        ({"email": "x@example.com", "role": "viewer", "note": "hi"}, 400, "note"),
        ({"email": "a@x.com\nBcc: b@x.com", "role": "viewer"}, 400, "email"),
        ({"email": "Viewer@Example.com", "role": "viewer"}, 409, "email"),
    ],
)
def test_a_bad_invitation_is_refused_by_its_field(cast, path, body, status, field):
    """Nothing is stored."""
    answer = cast.call("admin", "POST", path, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field)
    assert not Invitation.objects.exists()


def test_an_address_has_one_open_invitation(invited):
    """However it is spelled; the refusal says to send that one again."""
    invited()
    answer = invited(email="New@Example.com")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_invited")
    assert len(mail.outbox) == 1


def test_an_invitation_that_is_over_makes_room(cast, invited):
    """The address can be invited again."""
    invited()
    Invitation.objects.update(expires_at=timezone.now())
    assert invited().status_code == 201
    assert Invitation.objects.count() == 1


def test_sending_again_replaces_the_secret(cast, path, invited, django_capture_on_commit_callbacks):
    """A new mail, another 48 hours; the first secret opens nothing."""
    row = invited().json()["id"]
    before = Invitation.objects.get().secret_hash
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=9))
    with django_capture_on_commit_callbacks(execute=True):
        answer = cast.call("admin", "POST", f"{path}/{row}/resend")
    after = Invitation.objects.get()
    assert answer.status_code == 200
    assert after.secret_hash != before
    assert after.expires_at > timezone.now()
    assert len(mail.outbox) == 2
    assert mail.outbox[0].body != mail.outbox[1].body


def test_mails_a_day_have_a_limit(cast, path, invited, monkeypatch):
    """Ours is a good name to spammers."""
    monkeypatch.setattr(services, "MOST_MAILS", 2)
    row = invited().json()["id"]
    assert cast.call("admin", "POST", f"{path}/{row}/resend").status_code == 200
    assert cast.call("admin", "POST", f"{path}/{row}/resend").status_code == 429
    assert invited(email="b@example.com").status_code == 429
    assert Invitation.objects.count() == 1


def test_a_new_organization_is_no_way_around_the_limit(cast, invited, monkeypatch):
    """The log that went with the old one is not what counts; the next day does."""
    monkeypatch.setattr(services, "MOST_MAILS", 2)
    today = timezone.now()
    with time_machine.travel(today, tick=False):
        for number in range(3):
            made = cast.call("admin", "POST", LIST, {"name": "Mailer"}).json()
            path = f"{LIST}/{made['id']}"
            body = {"email": "a@example.com", "role": "viewer"}
            answer = cast.call("admin", "POST", f"{path}/invitations", body)
            assert answer.status_code == (201 if number < 2 else 429)
            assert cast.call("admin", "DELETE", path).status_code == 204
        assert invited().status_code == 429
    with time_machine.travel(today + timedelta(days=1), tick=False):
        assert invited().status_code == 201


def test_a_tokens_mails_are_those_of_its_maker(cast, monkeypatch):
    """A token is no second person."""
    monkeypatch.setattr(services, "MOST_MAILS", 1)
    organization = cast.owner.organizations.exclude(pk=cast.organization.pk).get()
    token = Principal(
        organization_id=cast.organization.pk,
        scopes=frozenset({"team:write"}),
        created_by=cast.owner.pk,
    )
    common = {"email": "a@example.com", "role": "viewer"}
    services.invite(organization=cast.organization, principal=token, **common)
    with pytest.raises(Refused, match="Try again tomorrow"):
        services.invite(organization=organization, principal=Principal(user=cast.owner), **common)


def test_every_step_is_in_the_log(cast, path, invited):
    """Sent, sent again, revoked; by whom and to whom."""
    row = invited().json()["id"]
    cast.call("admin", "POST", f"{path}/{row}/resend")
    cast.call("owner", "DELETE", f"{path}/{row}")
    lines = cast.organization.audit_entries.order_by("pk")
    assert [(line.actor.split("@")[0], line.action) for line in lines] == [
        ("admin", "invitation.send"),
        ("admin", "invitation.resend"),
        ("owner", "invitation.revoke"),
    ]
    assert {line.target for line in lines} == {"new@example.com"}


def test_a_mail_server_that_is_away_loses_no_invitation(cast, invited, monkeypatch):
    """It stands, and can be sent again."""
    monkeypatch.setattr("accounts.mail.Mail.send", _refuse)
    assert invited().status_code == 201
    assert Invitation.objects.exists()


def _refuse(mail):
    raise ConnectionRefusedError
