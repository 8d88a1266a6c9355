"""Every forged, foreign or misused JWT is refused with 401."""

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from allauth.headless.tokens.strategies.jwt import internal
from cryptography.hazmat.primitives import serialization
from django.conf import settings

from accounts.jwt import claims
from analytics_saas.env import env
from analytics_saas.keys import new_private_key

KEY = serialization.load_pem_private_key(env.jwt_private_key.encode(), None)
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
DER = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
OTHER = new_private_key()
LATER = 4_000_000_000
MISSING = "nothing at all"


@pytest.fixture
def session(cast):
    """The living session of the owner."""
    return cast.client("owner").session


@pytest.fixture
def good(cast, session):
    """The claims of a token that is accepted."""
    return claims.issue("access", person=cast.owner, session=session)[1]


@pytest.fixture
def status(cast, client):
    """What the API answers to a token."""
    url = f"/api/v1/organizations/{cast.organization.public_id}/tokens"

    def ask(text):
        answer = client.get(url, headers={"authorization": f"Bearer {text}"})
        if answer.status_code == 401:
            assert answer.json()["error"]["code"] == "bad_token"
        return answer.status_code

    return ask


def kid():
    """The id of our own key."""
    return internal._get_jwt_config().jwk_dict["kid"]


def sign(payload, key=KEY, algorithm="RS256", **header):
    """Sign as we do, but for what is told."""
    headers = {"kid": kid()} | header
    headers = {name: value for name, value in headers.items() if value is not MISSING}
    return jwt.encode(payload, key, algorithm=algorithm, headers=headers)


def by_hand(payload, header, secret=None):
    """Sign what no library would."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, payload)]
    text = b".".join(part.rstrip(b"=") for part in parts)
    mac = hmac.digest(secret, text, hashlib.sha256) if secret else b""
    return (text + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def test_a_token_of_our_own_is_accepted(status, good):
    """So that the tests below are about what they change."""
    assert status(sign(good)) == 200


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_no_algorithm_is_no_token(status, good, algorithm):
    """With an empty signature, and with one of somebody else's."""
    header = {"alg": algorithm, "typ": "JWT", "kid": kid()}
    assert status(by_hand(good, header)) == 401
    assert status(by_hand(good, header) + sign(good).rpartition(".")[2]) == 401


def test_the_public_key_is_no_shared_secret(status, good):
    """HS256 with what everybody may know, and with a secret that signs other things."""
    header = {"alg": "HS256", "typ": "JWT", "kid": kid()}
    for secret in (PUBLIC, PUBLIC.strip(), DER, settings.SECRET_KEY.encode()):
        assert status(by_hand(good, header, secret)) == 401


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_of_the_same_key_is_refused(status, good, algorithm):
    """One is pinned."""
    assert status(sign(good, algorithm=algorithm)) == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": f"{env.web_origin}/"},
        {"iss": MISSING},
        {"aud": "https://elsewhere.example/api"},
        {"aud": env.web_origin},
        {"aud": [claims.AUDIENCE, "https://elsewhere.example"]},
        {"aud": MISSING},
        {"exp": 1_700_000_000},
        {"exp": MISSING},
        {"exp": "never"},
        {"nbf": LATER},
        {"iat": LATER},
        {"token_use": "refresh"},
        {"token_use": MISSING},
        {"sub": "999999"},
        {"sub": 1},
        {"sub": "1"},
        {"sub": MISSING},
        {"jti": MISSING},
        {"sid": MISSING},
        {"sid": ""},
        {"sid": "AAAA"},
        {"sid": "\u00e4"},
        {"sid": base64.b64encode(b"x" * 48).decode()},
    ],
)
def test_every_claim_is_checked(status, good, wrong):
    """Signed with the right key, and still refused."""
    payload = good | wrong
    payload = {name: value for name, value in payload.items() if value is not MISSING}
    assert status(by_rsa(payload)) == 401


def by_rsa(payload):
    """Sign claims that the library refuses to."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    text = by_hand(payload, {"alg": "RS256", "typ": "JWT", "kid": kid()}).rpartition(".")[0]
    signature = KEY.sign(text.encode(), PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "another"},
        {"kid": "../../../../dev/null"},
        {"kid": "' UNION SELECT 'x"},
        {"kid": MISSING},
        {"jku": "https://elsewhere.example/jwks.json"},
        {"x5u": "https://elsewhere.example/key.pem"},
        {"x5c": ["MIIB"]},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"typ": "at+jwt"},
        {"typ": None},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
    ],
)
@pytest.mark.parametrize("key", [KEY, OTHER], ids=["ours", "theirs"])
def test_a_header_is_exactly_ours(status, good, header, key):
    """Where a key might be found is never read, even if our own key signed it."""
    try:
        text = sign(good, key=key, **header)
    except (TypeError, jwt.PyJWTError):
        pytest.skip("the library cannot even make it")
    assert status(text) == 401


def test_a_token_of_another_environment_is_refused(status, good):
    """Its key is another; with the same key its issuer would be."""
    assert status(sign(good, key=OTHER)) == 401
    elsewhere = {"iss": "https://staging.example", "aud": "https://staging.example/api"}
    assert status(sign(good | elsewhere)) == 401


def test_a_refresh_token_is_no_access_token(cast, status, session):
    """Though the same key signed it."""
    assert status(claims.issue("refresh", person=cast.owner, session=session)[0]) == 401


def test_a_token_of_another_persons_session_is_refused(cast, status, good):
    """Subject and session must agree."""
    other = claims.issue("access", person=cast.stranger, session=cast.client("stranger").session)
    assert status(sign(good | {"sid": other[1]["sid"]})) == 401
    assert status(sign(good | {"sub": other[1]["sub"]})) == 401


def test_a_subject_is_no_key_of_a_row(cast, status, good):
    """It would tell how many people there are."""
    assert good["sub"] == cast.owner.public_id
    assert status(sign(good)) == 200
    assert status(sign(good | {"sub": str(cast.owner.pk)})) == 401


def test_a_changed_signature_or_body_is_refused(status, good):
    """Any bit of it."""
    head, body, signature = sign(good).split(".")
    other = sign(good | {"sub": "2"}).split(".")[1]
    for text in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[:-8]}AAAAAAAA",
                 f"{head}.{body}.", f"{head}..{signature}", "ey..", "eyJ.e30.AA"):  # fmt: skip
        assert status(text) == 401


def test_a_stranger_stays_a_stranger(cast, status):
    """A right token is no right to see."""
    session = cast.client("stranger").session
    assert status(claims.issue("access", person=cast.stranger, session=session)[0]) == 404
