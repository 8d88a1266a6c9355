"""The pages of organizations, for the whole cast."""

import pytest

from accounts.models import Organization
from accounts.tests.cast import MEMBERS, OUTSIDERS, second_factor

pytestmark = pytest.mark.django_db
EVERYBODY = (*MEMBERS, *OUTSIDERS, "anonymous")


@pytest.fixture
def home(cast):
    """The address of the organization's first page."""
    return f"/organizations/{cast.organization.public_id}/"


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_team_page_is_for_members(cast, home, who):
    """Others see nothing there; nobody is led to the log-in and back."""
    answer = cast.client(who).get(home)
    expected = 200 if who in MEMBERS else 302 if who == "anonymous" else 404
    assert answer.status_code == expected
    if who == "anonymous":
        assert answer["location"] == f"/accounts/login/?next={home}"


@pytest.mark.parametrize("who", MEMBERS)
@pytest.mark.parametrize("page", ["settings/", "settings/transfer/", "settings/delete/"])
def test_the_settings_are_the_owner_s(cast, home, who, page):
    """The others are told that their role does not allow it."""
    answer = cast.client(who).get(home + page)
    assert answer.status_code == (200 if who == "owner" else 403)
    assert who == "owner" or b"Your role does not allow this" in answer.content


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize(
    "page",
    ["members/{m}/role/", "members/{m}/remove/", "invitations/{i}/resend/", "leave/"],
)
def test_a_change_needs_a_post(cast, home, who, page):
    """A link in a mail or an image changes nothing."""
    address = home + page.format(m=cast.membership("viewer").public_id, i="i_000000000000")
    assert cast.client(who).get(address).status_code == (302 if who == "anonymous" else 405)


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_owners_and_admins_remove(cast, home, who):
    """By page as by API."""
    member = cast.membership("viewer")
    answer = cast.client(who).post(f"{home}members/{member.public_id}/remove/")
    assert answer.status_code == (
        302 if who in ("owner", "admin", "anonymous") else 404 if who in OUTSIDERS else 403
    )
    gone = not cast.organization.memberships.filter(pk=member.pk).exists()
    assert gone == (who in ("owner", "admin"))


def test_each_is_offered_what_they_may_do(cast, home):
    """No button leads to a refusal."""
    pages = {who: cast.client(who).get(home).content.decode() for who in MEMBERS}
    assert {who for who, page in pages.items() if "Invite somebody" in page} == {"owner", "admin"}
    assert {who for who, page in pages.items() if "Audit log" in page} == {"owner", "admin"}
    assert {who for who, page in pages.items() if "Usage" in page} == {"owner", "admin", "billing"}
    assert all("Leave" in page for page in pages.values())
    assert 'value="owner"' not in pages["admin"]


def test_a_refused_invitation_keeps_what_was_typed(cast, home):
    """The sentence stands beside the field."""
    for email, says in (("viewer@example.com", "is a member already"), ("nobody", "valid email")):
        answer = cast.client("admin").post(home, {"email": email, "role": "editor"})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert says in page
        assert f'value="{email}"' in page
        assert '<option value="editor" selected' in page


def test_an_editor_cannot_post_an_invitation(cast, home):
    """There is no form for them, and none is taken."""
    form = {"email": "x@example.com", "role": "viewer"}
    assert cast.client("editor").post(home, form).status_code == 403
    assert cast.client("stranger").post(home, form).status_code == 404


def test_a_role_that_was_not_offered_is_not_taken(cast, home):
    """An admin makes no owner by a form of their own."""
    path = f"{home}members/{cast.membership('viewer').public_id}/role/"
    assert cast.client("admin").post(path, {"role": "owner"}).status_code == 403
    assert cast.client("admin").post(path, {"role": "editor"}).status_code == 302
    assert cast.membership("viewer").role == "editor"


def test_the_last_owner_is_told_why_not(cast, home):
    """On the page, with what to do."""
    answer = cast.client("owner").post(f"{home}leave/", follow=True)
    assert answer.redirect_chain[-1][0] == home
    page = answer.content.decode()
    assert "Make another member an owner first" in page


def test_the_last_owner_cannot_step_down(cast, home):
    """Nor by their own form."""
    path = f"{home}members/{cast.membership('owner').public_id}/role/"
    page = cast.client("owner").post(path, {"role": "viewer"}, follow=True).content.decode()
    assert "Make another member an owner first" in page
    assert cast.membership("owner").role == "owner"


def test_founding_leads_to_the_team(cast):
    """A bad name is said beside its field and kept."""
    browser = cast.client("viewer")
    page = browser.post("/organizations/new/", {"name": "www.win.example"}).content.decode()
    assert "A name is no web address" in page
    assert 'value="www.win.example"' in page
    answer = browser.post("/organizations/new/", {"name": "Second"}, follow=True)
    assert b"Second" in answer.content
    names = [line for line in ("Second", "Acme") if line.encode() in answer.content]
    assert names == ["Second"]


def test_ownership_is_handed_over_on_its_page(cast, home):
    """To a member; another id is refused by the form."""
    browser = cast.client("owner")
    foreign = cast.stranger.memberships.get().public_id
    page = browser.post(f"{home}settings/transfer/", {"member": foreign}).content.decode()
    assert "Select a valid choice" in page
    chosen = cast.membership("editor").public_id
    browser.post(f"{home}settings/transfer/", {"member": chosen})
    assert (cast.membership("editor").role, cast.membership("owner").role) == ("owner", "admin")


def test_deleting_asks_for_the_name(cast, home):
    """Another one deletes nothing."""
    browser = cast.client("owner")
    page = browser.post(f"{home}settings/delete/", {"name": "Acne"}).content.decode()
    assert "Type Acme to delete it" in page
    assert Organization.objects.filter(pk=cast.organization.pk).exists()
    browser.post(f"{home}settings/delete/", {"name": "Acme"})
    assert not Organization.objects.filter(pk=cast.organization.pk).exists()


def test_without_a_second_factor_the_page_leads_to_its_set_up(cast, home):
    """Whoever has one gets in; leaving stays possible for those without."""
    second_factor(cast.owner)
    browser = cast.client("owner")
    browser.post(f"{home}settings/two-factor/", {"requires_two_factor": "on"})
    answer = cast.client("viewer").get(home)
    assert answer.status_code == 403
    assert b'href="/accounts/2fa/' in answer.content
    assert browser.get(home).status_code == 200
    assert cast.client("stranger").get(home).status_code == 404
    assert cast.client("viewer").post(f"{home}leave/").status_code == 302
    assert not cast.organization.memberships.filter(user=cast.viewer).exists()


def test_an_owner_without_a_second_factor_cannot_ask_for_one(cast, home):
    """They would lock themselves out; the sentence stands beside the box."""
    answer = cast.client("owner").post(f"{home}settings/two-factor/", {"requires_two_factor": "on"})
    assert b"Set up a second factor for yourself first" in answer.content
    assert not Organization.objects.get(pk=cast.organization.pk).requires_two_factor


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=a()>'])
def test_markup_in_a_name_is_shown_as_text(cast, home, name):
    """On every page."""
    Organization.objects.filter(pk=cast.organization.pk).update(name=name)
    for page in ("", "usage/", "audit/", "settings/", "settings/delete/", "../"):
        assert name not in cast.client("owner").get(home + page, follow=True).content.decode()
