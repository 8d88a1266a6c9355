"""Log-in through another service, whose answers are the only thing made up here."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.urls import reverse

from accounts.models import Membership, Role, User
from accounts.tests.doors.conftest import (
    PASSWORD,
    is_in,
    log_in,
    mailed_code,
    new_address,
    new_client,
)
from accounts.tests.doors.test_enumeration import told

pytestmark = pytest.mark.django_db


class GitHub:
    """What the provider answers; a test changes what it wants to go wrong."""

    def __init__(self):
        self.token = (200, {"access_token": "secret", "token_type": "bearer"})
        self.profile = (200, {"id": 4711, "login": "octo", "name": "Octo", "email": None})
        self.emails = (200, [])
        self.asked = []

    def owns(self, address, verified=True):
        """Say that the person has an address."""
        self.emails = (200, [{"email": address, "verified": verified, "primary": True}])

    def request(self, method, url, **kwargs):
        """Answer in place of the network."""
        self.asked.append((method, url, kwargs))
        what = {"access_token": self.token, "user": self.profile, "emails": self.emails}
        found = what[urlsplit(url).path.rsplit("/", 1)[-1]]
        if isinstance(found, Exception):
            raise found
        status, body = found
        answer = requests.Response()
        answer.status_code, answer.url = status, url
        answer._content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if not isinstance(body, bytes):
            answer.headers["content-type"] = "application/json"
        return answer


@pytest.fixture
def github(settings, monkeypatch):
    """The provider, configured and answering well."""
    app = {"client_id": "daysalt", "secret": "s"}
    settings.SOCIALACCOUNT_PROVIDERS = {"github": {"APP": app, "OAUTH_PKCE_ENABLED": True}}
    provider = GitHub()
    monkeypatch.setattr(
        requests.Session, "request", lambda self, *args, **kwargs: provider.request(*args, **kwargs)
    )
    return provider


def go(client, process="login"):
    """Press the button; the address that the page leads to."""
    page = client.post(f"{reverse('github_login')}?process={process}")
    assert page.status_code == 200
    return page.context["redirect_to"]


def come_back(client, process="login", **answer):
    """Go to the provider and come back with a code or an error."""
    sent = parse_qs(urlsplit(go(client, process)).query)
    query = (answer or {"code": "abc"}) | {"state": sent["state"][0]}
    return client.get(reverse("github_callback"), query)


def test_buttons_are_there_for_configured_providers_only(client, github, settings):
    """And an address of one that is not is absent, not broken."""
    page = client.get(reverse("account_login")).content.decode()
    assert "Go on with GitHub" in page and "Google" not in page
    assert client.get(reverse("google_login")).status_code == 404
    assert client.get(reverse("google_callback")).status_code == 404
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Go on with" not in client.get(reverse("account_login")).content.decode()


def test_the_way_there_is_a_page_with_state_and_a_challenge(client, github):
    """By a button that the person pressed, never by a link of somebody else's."""
    assert "Go on" in client.get(reverse("github_login")).content.decode()
    target = urlsplit(go(client))
    asked = parse_qs(target.query)
    assert (target.scheme, target.netloc) == ("https", "github.com")
    assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) >= 16


def test_a_new_person_comes_in_with_a_proven_address(client, github):
    """As the owner of an organization of their own, without a password."""
    address = new_address()
    github.owns(address)
    assert come_back(client).url == reverse("projects:list")
    assert is_in(client)
    person = User.objects.get(email=address)
    assert not person.has_usable_password()
    assert Membership.objects.get(user=person).role == Role.OWNER
    token = next(kwargs for _, url, kwargs in github.asked if url.endswith("access_token"))
    assert token["data"]["code_verifier"]


def test_an_address_that_is_not_proven_there_is_proven_here(client, github):
    """By a code, as at any sign-up."""
    address = new_address()
    github.owns(address, verified=False)
    assert come_back(client).url == reverse("account_email_verification_sent")
    assert not is_in(client)
    code = {"code": mailed_code(address)}
    client.post(reverse("account_email_verification_sent"), code)
    assert is_in(client)


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_of_somebody_here_does_not_let_in(client, github, owner, verified):
    """Whatever the provider says about it; the mailbox is told what to do."""
    github.owns(owner.email, verified)
    come_back(client)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1
    assert mail.outbox[-1].to == [owner.email] and "connect that service" in mail.outbox[-1].body


def test_an_unproven_address_is_answered_alike_whether_it_is_known_or_not(github, owner):
    """Nobody learns who is here by naming addresses at a provider."""
    heard = []
    for number, address in enumerate([owner.email, new_address("owner")]):
        client = new_client()
        github.profile = (200, {"id": number, "login": "octo"})
        github.owns(address, verified=False)
        page = reverse("account_email_verification_sent")
        answers = [come_back(client), client.get(page), client.post(page, {"code": "BCDF-GHJK"})]
        heard.append([told(one, address) for one in answers])
    assert heard[0] == heard[1]


def test_an_unproven_address_here_is_not_taken_over_by_who_proves_it(client, github):
    """Somebody signed up with an address of another, who now comes by a provider."""
    address = new_address()
    new_client().post(reverse("account_signup"), {"email": address, "password1": PASSWORD})
    github.owns(address)
    come_back(client)
    assert not is_in(client)
    assert not EmailAddress.objects.filter(email=address, verified=True).exists()


def test_who_told_no_address_is_asked_for_one(client, github):
    """And proves it."""
    assert come_back(client).url == reverse("socialaccount_signup")
    page = client.post(reverse("socialaccount_signup"), {"email": "nonsense"}).content.decode()
    assert "Enter a valid email address." in page and 'value="nonsense"' in page
    address = new_address()
    client.post(reverse("socialaccount_signup"), {"email": address})
    assert not is_in(client)
    client.post(reverse("account_email_verification_sent"), {"code": mailed_code(address)})
    assert is_in(client)
    assert User.objects.get(email=address).memberships.count() == 1


def test_who_is_in_connects_and_disconnects(client, github, owner):
    """And comes in by it from then on, with a notice by mail each time."""
    log_in(client, owner)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    github.owns(new_address("elsewhere"))
    come_back(client, "connect")
    account = SocialAccount.objects.get(user=owner)
    other = new_client()
    come_back(other)
    assert is_in(other)
    client.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert not SocialAccount.objects.exists()
    subjects = [one.subject for one in mail.outbox if one.to == [owner.email]]
    assert [subject.split(" your ")[0] for subject in subjects] == [
        "GitHub was connected to", "GitHub was disconnected from",
    ]  # fmt: skip


def test_the_only_way_in_cannot_be_disconnected(client, github):
    """It would lock a person out for good."""
    github.owns(new_address())
    come_back(client)
    account = SocialAccount.objects.get()
    page = client.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert "no password" in page.content.decode()
    assert SocialAccount.objects.exists()


def test_saying_no_leads_back(client, github):
    """It is no error."""
    answer = come_back(client, error="access_denied")
    page = client.get(answer.url).content.decode()
    assert "You said no at the other service" in page
    assert f'href="{reverse("account_login")}"' in page


ERRORS = {
    "an error of its own": {"query": {"error": "server_error"}},
    "an error with a script": {"query": {"error": "<script>alert(1)</script>"}},
    "nothing": {"query": {"x": "y"}},
    "no token": {"token": (400, {"error": "bad_verification_code"})},
    "an error as 200": {"token": (200, {"error": "bad_verification_code"})},
    "html for a token": {"token": (200, b"<html>busy</html>")},
    "json that is not": {"token": (200, b'{"access_token":')},
    "a number": {"token": (200, 7)},
    "a list": {"token": (200, ["access_token"])},
    "a token that is a list": {"token": (200, {"access_token": []}), "profile": (401, {})},
    "an expiry in words": {"token": (200, {"access_token": "a", "expires_in": "soon"})},
    "no profile": {"profile": (503, {})},
    "a profile that is a list": {"profile": (200, [])},
    "a profile without an id": {"profile": (200, {"login": "octo"})},
    "addresses that are words": {"emails": (200, ["a@example.com"])},
    "addresses that are a number": {"emails": (200, 3)},
    "a provider that is down": {"token": requests.ConnectionError("refused")},
    "a provider that is slow": {"profile": requests.Timeout("5 s")},
    "broken tls": {"token": requests.exceptions.SSLError("certificate")},
}


@pytest.mark.parametrize("what", ERRORS)
def test_a_provider_that_errs_says_so_and_leads_back(client, github, what):
    """One page, nothing half done, and the next try can succeed."""
    good = dict(vars(github))
    fault = dict(ERRORS[what])
    query = fault.pop("query", {})
    vars(github).update(fault)
    answer = come_back(client, **query)
    page = answer.content.decode()
    assert answer.status_code == 401, page
    assert "Something went wrong between us and GitHub" in page
    assert f'href="{reverse("account_login")}"' in page
    assert "<script>alert" not in page and "verification_code" not in page
    assert not User.objects.exists() and not is_in(client)
    vars(github).update(good)
    github.owns(new_address())
    come_back(client)
    assert is_in(client)


@pytest.mark.parametrize("state", ["", "forged"])
def test_an_answer_that_nobody_asked_for_is_refused(client, github, state):
    """So that nobody is logged in as somebody else by a link."""
    github.owns(new_address())
    go(client)
    answer = client.get(reverse("github_callback"), {"code": "abc", "state": state})
    assert answer.status_code == 401 and not is_in(client) and not github.asked


def test_an_answer_works_once_and_in_one_browser(client, github):
    """A state belongs to a session, and is used up."""
    github.owns(new_address())
    state = parse_qs(urlsplit(go(client)).query)["state"][0]
    query = {"code": "abc", "state": state}
    assert new_client().get(reverse("github_callback"), query).status_code == 401
    client.get(reverse("github_callback"), query)
    assert client.get(reverse("github_callback"), query).status_code == 401
