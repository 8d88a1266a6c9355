"""Before what would do most harm a person is asked whether it is them, and then led on."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.db.models import F
from django.urls import reverse

from accounts.models import ApiToken, Membership, Organization
from accounts.oauth.tests import third_party
from accounts.tests.doors.conftest import (
    PASSWORD,
    log_in,
    mailed_code,
    new_address,
    new_client,
    new_person,
)
from projects.danger.services import running_reset
from projects.models import Project
from projects.services import create_project

pytestmark = pytest.mark.django_db


def grow_old(client):
    """Let an hour pass since the log-in and the last confirmation."""
    hour = timedelta(hours=1)
    UserSession.objects.update(created_at=F("created_at") - hour)
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 3_600
    session.save()


@pytest.fixture
def owner():
    """Somebody with a password."""
    return new_person("owner")


@pytest.fixture
def client():
    """Their browser."""
    return new_client()


@pytest.fixture
def organization(owner):
    """The owner's, with a member."""
    organization = owner.organizations.get()
    organization.plan = "growth"
    organization.save()
    Membership.objects.create(organization=organization, user=new_person("m"), role="viewer")
    return organization


@pytest.fixture
def project(organization):
    """One of the organization."""
    return create_project(
        organization=organization, name="Shop", domain="example.com", time_zone="UTC"
    )


@pytest.fixture
def old(client, owner):
    """A browser in which the owner logged in an hour ago."""
    log_in(client, owner)
    grow_old(client)
    return client


def acts(organization, project):
    """Address, what is typed, and whether it was done."""
    member = organization.memberships.get(role="viewer")
    home, site = f"/organizations/{organization.public_id}/", f"/projects/{project.public_id}/"
    gone = Project.objects.filter(pk=project.pk)
    role = Membership.objects.filter(pk=member.pk)
    return {
        "a token": (
            reverse("tokens:list", args=[organization.public_id]),
            {"name": "Robot", "scopes": ["stats:read"]},
            lambda: ApiToken.objects.filter(name="Robot").exists(),
        ),
        "deleting a project": (
            f"{site}settings/delete/", {"delete-confirm": "Shop"}, lambda: not gone.exists(),
        ),
        "resetting a project": (
            f"{site}settings/reset/", {"reset-confirm": "Shop"},
            lambda: running_reset(project) is not None,
        ),
        "deleting an organization": (
            f"{home}settings/delete/", {"name": organization.name},
            lambda: not Organization.objects.filter(pk=organization.pk).exists(),
        ),
        "giving an organization away": (
            f"{home}settings/transfer/", {"member": member.public_id},
            lambda: role.get().role == "owner",
        ),
        "making somebody an admin": (
            reverse("organizations:change_role", args=[organization.public_id, member.public_id]),
            {"role": "admin"}, lambda: role.get().role == "admin",
        ),
        "inviting an owner": (
            home, {"email": "me@example.net", "role": "owner"},
            lambda: organization.invitations.filter(role="owner").exists(),
        ),
        "keeping numbers for less long": (
            f"{site}settings/",
            {"name": "Shop", "domain": "example.com", "time_zone": "UTC", "retention_months": 1},
            lambda: gone.get().retention_months == 1,
        ),
    }  # fmt: skip


ACTS = (
    "a token", "deleting a project", "resetting a project", "deleting an organization",
    "giving an organization away", "making somebody an admin", "inviting an owner",
    "keeping numbers for less long",
)  # fmt: skip


@pytest.mark.parametrize("what", ACTS)
def test_an_old_log_in_is_asked_and_led_on(old, organization, project, what):
    """With what was typed: nothing has to be typed twice, and before that nothing is done."""
    address, typed, done = acts(organization, project)[what]
    answer = old.post(address, typed)
    assert answer.status_code == 302 and answer.url.startswith(reverse("account_reauthenticate"))
    assert not done()
    old.post(answer.url, {"password": "not this one", "next": address})
    assert not done()
    old.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": address})
    assert done()


@pytest.mark.parametrize("what", ACTS)
def test_a_fresh_log_in_is_not_asked(client, owner, organization, project, what):
    """Whoever typed the password a moment ago has shown who they are."""
    log_in(client, owner)
    address, typed, done = acts(organization, project)[what]
    client.post(address, typed)
    assert done()


def test_a_fresh_log_in_elsewhere_does_not_count(old, owner, organization, project):
    """The browser that asks must be the one that showed it."""
    log_in(new_client(), owner)
    address, typed, done = acts(organization, project)["a token"]
    assert old.post(address, typed).url.startswith(reverse("account_reauthenticate"))
    assert not done()


def test_who_signed_up_a_moment_ago_is_not_asked(client):
    """The password was typed just now, and the mailbox proven."""
    address = new_address()
    client.post(reverse("account_signup"), {"email": address, "password1": PASSWORD})
    client.post(reverse("account_email_verification_sent"), {"code": mailed_code(address)})
    organization = Organization.objects.get()
    tokens = reverse("tokens:list", args=[organization.public_id])
    client.post(tokens, {"name": "Robot", "scopes": ["stats:read"]})
    assert ApiToken.objects.filter(name="Robot").exists()


def test_small_changes_and_looking_ask_nothing(old, organization, project):
    """A viewer becomes an editor, and every page opens."""
    pages = ("a token", "deleting an organization", "giving an organization away")
    for address in (acts(organization, project)[what][0] for what in pages):
        assert old.get(address).status_code == 200
    member = organization.memberships.get(role="viewer")
    role = reverse("organizations:change_role", args=[organization.public_id, member.public_id])
    old.post(role, {"role": "editor"})
    member.refresh_from_db()
    assert member.role == "editor"


def test_the_page_after_the_question_posts_to_itself(old, organization, project):
    """It stands at the address of the question, which takes nothing but a password."""
    for what in ("a token", "deleting an organization", "giving an organization away"):
        address, _, _ = acts(organization, project)[what]
        old.post(address, {})
        page = old.post(
            reverse("account_reauthenticate"), {"password": PASSWORD, "next": address}
        ).content.decode()
        assert f'action="{address}"' in page, what
        grow_old(old)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/v1/organizations/{o}/tokens", {"name": "R", "scopes": ["stats:read"]}),
        ("post", "/api/v1/organizations/{o}/transfer", {"member": "{m}"}),
        ("patch", "/api/v1/organizations/{o}/members/{m}", {"role": "admin"}),
        ("delete", "/api/v1/organizations/{o}", None),
        (
            "post",
            "/api/v1/organizations/{o}/invitations",
            {"email": "me@example.net", "role": "admin"},
        ),
        ("patch", "/api/v1/projects/{p}", {"retention_months": 1}),
        ("post", "/api/v1/projects/{p}/reset", {"confirm": "Shop"}),
        ("delete", "/api/v1/projects/{p}?confirm=Shop", None),
    ],
)
def test_the_api_is_no_way_around(old, organization, project, method, path, body):
    """With the browser's cookie it asks for the same; the answer says where."""
    member = organization.memberships.get(role="viewer").public_id
    names = {"o": organization.public_id, "p": project.public_id, "m": member}
    if body == {"member": "{m}"}:
        body = {"member": member}

    def call():
        send = getattr(old, method)
        return send(path.format(**names), body, content_type="application/json")

    answer = call()
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "confirm_first")
    assert "/accounts/reauthenticate/" in answer.json()["error"]["message"]
    old.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert call().status_code < 300


def test_who_has_nothing_to_be_asked_for_is_not_locked_out(organization, owner):
    """Somebody who came by a provider or a mailed code, without a second factor."""
    owner.set_unusable_password()
    owner.save()
    browser = new_client()
    browser.force_login(owner)
    address = reverse("tokens:list", args=[organization.public_id])
    browser.post(address, {"name": "Robot", "scopes": ["stats:read"]})
    assert ApiToken.objects.filter(name="Robot").exists()


def test_an_app_is_let_in_after_the_question(old, organization, project):
    """It is asked before the page of consent, which then still knows what the app wants."""
    app = third_party.register()
    answer = old.get(third_party.AUTHORIZE, third_party.request_of(app))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    following = parse_qs(urlsplit(answer.url).query)["next"][0]
    led_on = old.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": following})
    assert led_on.url == following
    told = third_party.led_back(third_party.consent(old, app, [project]))
    assert told["code"]


def test_a_form_of_consent_from_elsewhere_is_no_way_around(old, owner, project):
    """What the page signs names no person, so somebody could bring it from their own browser."""
    app = third_party.register()
    elsewhere = new_client()
    log_in(elsewhere, new_person("stranger"))
    page = elsewhere.get(third_party.AUTHORIZE, third_party.request_of(app)).content.decode()
    brought = {"request": third_party.signed_request(page), "action": "grant"}
    chosen = {"scopes": ["stats:read"], "projects": [project.public_id]}
    answer = old.post(third_party.AUTHORIZE, brought | chosen)
    assert answer.url.startswith(f"{third_party.AUTHORIZE}?")
    assert not owner.oauth_grants.exists()


def test_who_chose_for_long_is_asked_and_sees_the_page_again(client, owner, project):
    """The page is shown anew, for the same app, after the question."""
    log_in(client, owner)
    app = third_party.register()
    page = client.get(third_party.AUTHORIZE, third_party.request_of(app)).content.decode()
    grow_old(client)
    form = {"request": third_party.signed_request(page), "action": "grant"}
    again = client.post(third_party.AUTHORIZE, form | {"scopes": ["openid"]}).url
    asked = client.get(again).url
    assert asked.startswith(reverse("account_reauthenticate"))
    led_on = client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": again})
    assert "Let Weekly in?" in client.get(led_on.url).content.decode()
