"""From the link in the mail to the membership, with and without an account."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, Membership, User
from accounts.principal import Principal
from accounts.services import invitations

pytestmark = pytest.mark.django_db
HERE = "/organizations/join/"


@pytest.fixture
def invite(cast, django_capture_on_commit_callbacks):
    """Invite an address and give the path of the link that its mail holds."""

    def send(email="stranger@example.com", role="editor"):
        with django_capture_on_commit_callbacks(execute=True):
            invitations.invite(
                organization=cast.organization,
                email=email,
                role=role,
                principal=Principal(user=cast.admin, name=cast.admin.email),
            )
        return HERE + mail.outbox[-1].body.split(HERE)[1].split()[0]

    return send


def role_of(cast, email):
    """What somebody is in the organization, None for no member."""
    found = Membership.objects.filter(organization=cast.organization, user__email=email)
    return found.values_list("role", flat=True).first()


def test_the_secret_leaves_the_address_bar(cast, invite):
    """The page behind it has an address without it, and is not kept by any cache."""
    browser = Client()
    answer = browser.get(invite())
    assert (answer.status_code, answer["location"]) == (302, HERE)
    page = browser.get(HERE)
    assert "no-store" in page["cache-control"]
    assert "Acme" in page.content.decode()


def test_a_person_with_the_address_accepts_once(cast, invite):
    """The second time it is over; the log has it."""
    link, browser = invite(), cast.client("stranger")
    browser.get(link)
    assert browser.post(HERE).status_code == 302
    assert role_of(cast, "stranger@example.com") == "editor"
    assert cast.organization.audit_entries.filter(action="member.join").count() == 1
    assert browser.get(link).status_code == 404
    assert browser.post(HERE).status_code == 404


def test_what_a_closed_account_offered_is_over(cast, invite):
    """It would be a way back in for whoever had that account."""
    link = invite()
    cast.admin.is_active = False
    cast.admin.save()
    assert cast.client("stranger").get(link).status_code == 404


def test_looking_at_it_joins_nobody(cast, invite):
    """Mail scanners open links."""
    cast.client("stranger").get(invite(), follow=True)
    assert role_of(cast, "stranger@example.com") is None


def test_logged_out_one_logs_in_and_comes_back(cast, invite):
    """Both ways in are offered, whether or not the address has an account."""
    pages = []
    for email in ("stranger@example.com", "unheard@example.com"):
        browser = Client()
        pages.append(browser.get(invite(email), follow=True).content.decode())
    assert "/accounts/login/?next=/organizations/join/" in pages[0]
    assert "/accounts/signup/?next=/organizations/join/" in pages[0]
    masked = [page.replace("s…@", "u…@").split("<main")[1] for page in pages]
    assert masked[0] == masked[1]


def test_signing_up_leads_back_and_in(cast, invite):
    """Also when the way through sign-up forgets where it came from."""
    browser = Client()
    browser.get(invite("fresh@example.com"))
    browser.post(HERE)
    form = {"email": "fresh@example.com", "password1": "a long enough passphrase"}
    browser.post("/accounts/signup/", form)
    fresh = User.objects.get(email="fresh@example.com")
    EmailAddress.objects.filter(user=fresh).update(verified=True)
    if "_auth_user_id" not in browser.session:
        browser.force_login(fresh)
    browser.post(HERE)
    assert role_of(cast, "fresh@example.com") == "editor"


def test_logging_in_leads_back(cast, invite):
    """The invitation waits in the session."""
    cast.stranger.set_password("a long enough passphrase")
    cast.stranger.save()
    browser = Client()
    browser.get(invite())
    form = {"login": cast.stranger.email, "password": "a long enough passphrase"}
    assert browser.post("/accounts/login/", form)["location"] == HERE


def test_another_address_is_turned_away(cast, invite):
    """The page says so and names the address only in part; the offer stays."""
    browser = cast.client("removed")
    page = browser.get(invite(), follow=True).content.decode()
    assert "s…@example.com" in page
    assert "stranger@example.com" not in page
    answer = browser.post(HERE)
    assert "is for another address" in answer.content.decode()
    assert role_of(cast, "removed@example.com") is None
    assert Invitation.objects.exists()


@pytest.mark.parametrize("verification", ["mandatory", "optional"])
def test_an_address_that_is_not_confirmed_is_not_theirs(cast, invite, settings, verification):
    """Anybody could claim it as their second one."""
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    EmailAddress.objects.create(user=cast.removed, email="victim@example.com", verified=False)
    browser = cast.client("removed")
    browser.get(invite("victim@example.com"))
    browser.post(HERE)
    assert role_of(cast, "removed@example.com") is None


def test_an_account_whose_address_nobody_confirmed_waits(cast, invite, settings):
    """With mandatory confirmation, having the address in the account is not enough."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.filter(user=cast.stranger).update(verified=False)
    browser = cast.client("stranger")
    browser.get(invite())
    browser.post(HERE)
    assert role_of(cast, "stranger@example.com") is None


def test_a_second_confirmed_address_counts(cast, invite):
    """People have several."""
    EmailAddress.objects.create(user=cast.removed, email="Work@Example.com", verified=True)
    browser = cast.client("removed")
    browser.get(invite("work@example.com"))
    browser.post(HERE)
    assert role_of(cast, "removed@example.com") == "editor"


@pytest.mark.parametrize("how", ["over", "revoked", "replaced", "never", "used", "nul"])
def test_whatever_ends_an_invitation_looks_the_same(cast, invite, how):
    """The page and its status tell nothing about what once was."""
    link = invite()
    row = Invitation.objects.get()
    browser = cast.client("stranger")
    browser.get(link)
    if how == "over":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif how == "revoked":
        row.delete()
    elif how == "replaced":
        invitations.resend_invitation(invitation=row, principal=Principal(user=cast.admin))
    elif how == "used":
        browser.post(HERE)
        browser.get(link)
    else:
        link = f"{HERE}{'%00' if how == 'nul' else 'x' * 43}/"
        browser = cast.client("stranger")
    never = cast.client("stranger").get(f"{HERE}nothing/")
    answer = browser.get(link)
    assert (answer.status_code, never.status_code) == (404, 404)
    assert b"This invitation is over" in answer.content
    assert browser.post(HERE).status_code == 404
    assert (role_of(cast, "stranger@example.com") is not None) == (how == "used")


def test_a_member_who_accepts_keeps_their_role(cast, invite):
    """The offer is used up; nothing is raised by it."""
    EmailAddress.objects.create(user=cast.viewer, email="other@example.com", verified=True)
    browser = cast.client("viewer")
    browser.get(invite("other@example.com", "admin"))
    browser.post(HERE)
    assert role_of(cast, "viewer@example.com") == "viewer"
    assert not Invitation.objects.exists()


def test_a_full_organization_says_so(cast, invite):
    """The plan may have shrunk since; the offer stays."""
    browser = cast.client("stranger")
    browser.get(invite())
    cast.organization.plan = "free"
    cast.organization.save()
    answer = browser.post(HERE)
    assert "allows 3 members" in answer.content.decode()
    assert Invitation.objects.exists()
