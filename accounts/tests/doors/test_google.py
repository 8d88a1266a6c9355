"""Log-in with Google: its ID tokens, made up here with every fault, at both doors that take them.

Behind the button Google itself hands the token over TLS, so that allauth reads it unsigned as
OpenID Connect allows; an app brings its own to the headless door, where the signature counts.
"""

import base64
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse

from accounts.models import User
from accounts.tests.doors.conftest import is_in, new_address, new_client

pytestmark = pytest.mark.django_db

CLIENT_ID = "daysalt.apps.example"
HEADLESS = "/_allauth/app/v1/auth/provider/token"
GOOD = {"iss": "https://accounts.google.com", "aud": CLIENT_ID, "sub": "4711"}


@pytest.fixture(scope="module")
def key():
    """Google's key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def certificate(key):
    """As Google publishes it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "google")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


class Google:
    """What it answers: a token for a code, its certificates, a profile."""

    def __init__(self, key, certificate):
        self.key, self.certificate, self.id_token = key, certificate, None

    def sign(self, **changes):
        """An ID token; None leaves a claim out."""
        now = int(time.time())
        claims = GOOD | {"iat": now, "exp": now + 600, "email_verified": True} | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "k"})

    def request(self, method, url, **kwargs):
        """Answer in place of the network."""
        if "certs" in url:
            body = {"k": self.certificate}
        else:
            body = {"access_token": "a", "token_type": "Bearer", "id_token": self.id_token}
        answer = requests.Response()
        answer.status_code, answer.url = 200, url
        answer._content = json.dumps(body).encode()
        answer.headers["content-type"] = "application/json"
        return answer


@pytest.fixture
def google(settings, monkeypatch, key, certificate):
    """The provider, configured."""
    app = {"client_id": CLIENT_ID, "secret": "s"}
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APP": app, "OAUTH_PKCE_ENABLED": True}}
    provider = Google(key, certificate)
    monkeypatch.setattr(
        requests.Session, "request", lambda self, *args, **kwargs: provider.request(*args, **kwargs)
    )
    return provider


def by_button(client, google, token):
    """Go to Google and come back with a code for this token."""
    google.id_token = token
    page = client.post(reverse("google_login"))
    state = parse_qs(urlsplit(page.context["redirect_to"]).query)["state"][0]
    return client.get(reverse("google_callback"), {"code": "abc", "state": state})


def by_app(client, token):
    """Bring a token to the headless door."""
    sent = {"provider": "google", "process": "login"}
    sent["token"] = {"client_id": CLIENT_ID, "id_token": token}
    return client.post(HEADLESS, sent, content_type="application/json")


def unsigned(google, **changes):
    """The same claims with `alg: none` and no signature."""
    _, claims, _ = google.sign(**changes).split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k"}').decode().rstrip("=")
    return f"{header}.{claims}."


WRONG = {
    "another audience": {"aud": "another.apps.example"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://accounts.example"},
    "no issuer": {"iss": None},
    "an hour too old": {"exp": int(time.time()) - 3_600},
    "nobody's": {"sub": None},
}
GARBAGE = ["", "x", "a.b.c", "..", "é.é.é", "null"]


def test_a_good_token_lets_in_at_both_doors(google):
    """The control of all that follows."""
    browser = new_client()
    by_button(browser, google, google.sign(email=new_address()))
    assert is_in(browser)
    answer = by_app(new_client(), google.sign(email=new_address(), sub="4712"))
    assert answer.status_code == 200 and answer.json()["meta"]["access_token"]


@pytest.mark.parametrize("what", WRONG)
def test_a_token_that_is_not_for_us_lets_nobody_in(client, google, what):
    """The page says that something went wrong and leads back; an app is told which field."""
    token = google.sign(email=new_address(), **WRONG[what])
    page = by_button(client, google, token)
    assert page.status_code == 401
    assert "Something went wrong between us and Google" in page.content.decode()
    assert f'href="{reverse("account_login")}"' in page.content.decode()
    assert not is_in(client)
    answer = by_app(new_client(), token)
    assert answer.status_code == 400, answer.content
    assert not User.objects.exists()


@pytest.mark.parametrize("token", GARBAGE)
def test_garbage_lets_nobody_in(client, google, token):
    """At neither door, and nothing breaks."""
    by_app(client, token)
    assert by_app(client, token).status_code == 400
    if token:
        assert by_button(client, google, token).status_code == 401
    assert not User.objects.exists()


def test_an_unsigned_token_lets_no_app_in(client, google, owner):
    """Nor one signed with another key, or with the published certificate as a shared secret."""
    SocialAccount.objects.create(user=owner, provider="google", uid="4711")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    claims = GOOD | {"iat": now, "exp": now + 600, "email": owner.email, "email_verified": True}
    forged = [
        unsigned(google, email=owner.email),
        jwt.encode(claims, other, "RS256", headers={"kid": "k"}),
        jwt.encode(claims, other, "RS256", headers={"kid": "elsewhere"}),
        _mac(claims, google.certificate),
        google.sign(email=owner.email)[:-6] + "AAAAAA",
        google.sign(email=owner.email, nbf=now + 3_600),
    ]
    for number, token in enumerate(forged):
        answer = by_app(client, token)
        assert answer.status_code == 400, number
        assert answer.json()["errors"][0]["param"] == "token"
    assert by_app(client, google.sign(email=owner.email)).status_code == 200


def _mac(claims, secret):
    # PyJWT refuses to misuse a certificate like this, an attacker does not.
    parts = [{"alg": "HS256", "kid": "k"}, claims]
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    made = hmac.digest(secret.encode(), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


@pytest.mark.parametrize("verified", [True, False, None])
def test_an_address_of_somebody_here_is_not_linked(google, owner, verified):
    """Whatever Google says about it, at neither door."""
    token = google.sign(email=owner.email, email_verified=verified)
    browser = new_client()
    by_button(browser, google, token)
    assert not is_in(browser)
    assert by_app(new_client(), token).status_code != 200
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def test_an_unverified_address_is_proven_here(client, google):
    """By a code, as at any sign-up."""
    answer = by_button(client, google, google.sign(email=new_address(), email_verified=False))
    assert answer.url == reverse("account_email_verification_sent")
    assert not is_in(client)
