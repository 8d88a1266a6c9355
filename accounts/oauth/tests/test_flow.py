"""The code flow from the first click to numbers, and what each step refuses."""

import re

import jwt
import pytest
from allauth.core.internal import jwkkit
from allauth.idp.oidc.models import Client, Token
from django.test import Client as Browser

from accounts.models import AuditEntry, OAuthGrant
from accounts.oauth.adapter import OAuthAdapter
from accounts.oauth.tests.third_party import (
    AUTHORIZE,
    CALLBACK,
    TOKEN,
    VERIFIER,
    api,
    challenge,
    consent,
    led_back,
    register,
    request_of,
    tokens_of,
    trade,
    trade_code,
)
from analytics_saas.env import env


def test_a_person_lets_an_app_at_chosen_projects(cast, app, shop, blog):
    """State and issuer come back; the tokens act in what was chosen and nowhere else."""
    browser = cast.client("editor")
    answer = led_back(consent(browser, app, [shop]))
    assert (answer["state"], answer["iss"]) == ("a state", env.web_origin)
    issued = trade_code(app, answer["code"]).json()
    assert issued["expires_in"] == 3600 and issued["token_type"] == "Bearer"
    grant = OAuthGrant.objects.get()
    assert (grant.user, grant.project_ids) == (cast.editor, [shop.pk])
    statuses = [
        api(issued["access_token"], f"/api/v1/projects/{one.public_id}/realtime").status_code
        for one in (shop, blog)
    ]
    assert statuses[1] == 404 and statuses[0] in (200, 503)
    grant.refresh_from_db()
    assert grant.last_used_on is not None


def test_the_id_token_names_the_person_for_this_app(cast, app, shop):
    """Signed with the published key, for its audience, with its nonce."""
    issued = tokens_of(cast.client("owner"), app, [shop])
    (key,) = Browser().get("/.well-known/jwks.json").json()["keys"]
    assert key == jwkkit.load_jwk_from_pem(env.oidc_private_key)[0]
    claims = jwt.decode(
        issued["id_token"], jwt.PyJWK(key).key, ["RS256"], audience=app.id, issuer=env.web_origin
    )
    assert (claims["sub"], claims["nonce"]) == (cast.owner.public_id, "a nonce")
    info = api(issued["access_token"], "/identity/o/api/userinfo").json()
    assert info == {"sub": claims["sub"], "email": "owner@example.com", "email_verified": True}


def test_no_app_can_count_people(cast, app, shop):
    """What it calls them is drawn by lot, stays the same, and finds nobody by the key of a row."""
    adapter = OAuthAdapter()
    subjects = {adapter.get_user_sub(app, one) for one in (cast.owner, cast.editor, cast.viewer)}
    assert len(subjects) == 3 and all(re.fullmatch("u_[A-Za-z0-9]{12}", one) for one in subjects)
    assert adapter.get_user_by_sub(app, cast.owner.public_id) == cast.owner
    for other in (str(cast.owner.pk), "u_ZZZZZZZZZZZZ", "\0", ""):
        assert adapter.get_user_by_sub(app, other) is None
    cast.owner.is_active = False
    cast.owner.save()
    assert adapter.get_user_by_sub(app, cast.owner.public_id) is None


def test_the_page_offers_what_was_asked_and_projects_of_ones_own(cast, app, shop, foreign):
    """With the app's name as text."""
    Client.objects.update(name="<b>Weekly</b>")
    page = cast.client("viewer").get(AUTHORIZE, request_of(app)).content.decode()
    assert "&lt;b&gt;Weekly&lt;/b&gt;" in page and "<b>Weekly" not in page
    assert "Read numbers" in page and "Export numbers" not in page
    assert "Shop · Acme" in page and "Secret" not in page


def test_billing_sees_no_numbers_so_has_no_project_to_choose(cast, app, shop):
    """The page says so."""
    page = cast.client("billing").get(AUTHORIZE, request_of(app)).content.decode()
    assert "Shop" not in page and "There is no project whose numbers you may see." in page


def test_the_form_may_lead_to_the_app_and_nowhere_else(cast, app):
    """What the content security policy is told."""
    page = cast.client("owner").get(AUTHORIZE, request_of(app))
    assert vars(page)["_csp_update"] == {"form-action": ["https://app.example"]}
    assert page["X-Frame-Options"] == "DENY"
    assert "no-store" in page["Cache-Control"]


def test_no_is_an_answer_too(cast, app, shop):
    """The app learns so, with its state."""
    answer = led_back(consent(cast.client("owner"), app, [shop], action="cancel"))
    assert (answer["error"], answer["state"]) == ("access_denied", "a state")
    assert not OAuthGrant.objects.exists()


def test_a_scope_can_be_left_out(cast, app, shop):
    """The token has what was left."""
    issued = tokens_of(cast.client("owner"), app, [shop], scopes="stats:read")
    assert issued["scope"] == "stats:read" and "id_token" not in issued


@pytest.mark.parametrize(
    ("scopes", "which", "message"),
    [
        ("stats:read", "none", "Choose at least one project"),
        ("stats:read", "foreign", "Select a valid choice"),
        ("stats:read team:read", "shop", "Select a valid choice"),
        ("", "shop", "Choose at least one thing"),
    ],
)
def test_a_bad_choice_is_told_beside_its_field(cast, app, shop, foreign, scopes, which, message):
    """Nothing is given."""
    projects = {"none": [], "foreign": [foreign], "shop": [shop]}[which]
    answer = consent(cast.client("owner"), app, projects, scopes=scopes)
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not OAuthGrant.objects.exists()


def test_to_know_who_somebody_is_needs_no_project(cast, app, shop):
    """The token then sees none."""
    asked = {"scope": "openid email", "scopes": "openid email"}
    issued = tokens_of(cast.client("owner"), app, [], **asked)
    assert OAuthGrant.objects.get().project_ids == []
    url = f"/api/v1/projects/{shop.public_id}/realtime"
    assert api(issued["access_token"], url).status_code == 404


def test_both_ends_are_in_the_log_of_the_organization(cast, app, shop):
    """Who let what in, and when it ended."""
    tokens_of(cast.client("editor"), app, [shop])
    grant = OAuthGrant.objects.get()
    cast.client("editor").post(f"/accounts/apps/{grant.public_id}/revoke/")
    entries = AuditEntry.objects.filter(organization=cast.organization).order_by("pk")
    assert list(entries.values_list("actor", "action", "target")) == [
        ("editor@example.com", "app.allow", "Weekly"),
        ("editor@example.com", "app.revoke", "Weekly"),
    ]


def test_whoever_is_not_logged_in_is_asked_after_log_in(client, app):
    """With the whole request kept."""
    answer = client.get(AUTHORIZE, request_of(app))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/identity/o/authorize%3Fclient_id")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "team:write"}, "invalid_scope"),
        ({"scope": "stats:read nonsense"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"prompt": "none"}, "consent_required"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
    ],
)
def test_a_bad_request_leads_back_with_an_error(cast, app, shop, changes, error):
    """And with the state, before anybody is asked or logged in."""
    for who in ("owner", "anonymous"):
        answer = led_back(cast.client(who).get(AUTHORIZE, request_of(app, **changes)))
        if (error, who) == ("consent_required", "anonymous"):
            error = "login_required"
        assert (answer["error"], answer["state"]) == (error, "a state")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "absent"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://elsewhere.example/callback"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?extra=1"},
        {"redirect_uri": f"{CALLBACK}#x"},
        {"redirect_uri": "https://app.example:443/callback"},
        {"redirect_uri": "https://APP.example/callback"},
        {"redirect_uri": "https://app.example@elsewhere.example/callback"},
        {"redirect_uri": "https://app.example/../callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": [CALLBACK, "https://elsewhere.example/"]},
    ],
)
def test_a_person_is_never_led_to_an_address_that_nobody_entered(cast, app, changes):
    """They stay here, and nothing of the request is on the page."""
    for who in ("owner", "anonymous"):
        answer = cast.client(who).get(AUTHORIZE, request_of(app, **changes))
        assert answer.status_code == 400
        assert "elsewhere" not in answer.content.decode()


def test_a_port_is_part_of_an_address_on_loopback_too(cast, app):
    """allauth would let any pass."""
    Client.objects.update(redirect_uris="http://127.0.0.1:7000/callback")
    asked = request_of(app, redirect_uri="http://127.0.0.1:7001/callback")
    assert cast.client("owner").get(AUTHORIZE, asked).status_code == 400


def test_an_operator_cannot_skip_the_question(cast, app, shop):
    """Only a person can choose projects."""
    Client.objects.update(skip_consent=True)
    assert cast.client("owner").get(AUTHORIZE, request_of(app)).status_code == 200
    assert not OAuthGrant.objects.exists()


def test_consent_of_one_app_is_none_for_another(cast, app, shop):
    """Silent consent is not given to anybody."""
    tokens_of(cast.client("owner"), app, [shop])
    other = register("Other")
    answer = cast.client("owner").get(AUTHORIZE, request_of(other, prompt="none"))
    assert led_back(answer)["error"] == "consent_required"


def test_a_page_of_another_site_cannot_consent(cast, app, shop):
    """The form needs the token of its own page."""
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(cast.owner)
    answer = consent(browser, app, [shop])
    assert answer.status_code == 403
    assert not OAuthGrant.objects.exists()


def test_a_forged_request_is_refused(cast, app, shop):
    """What the person saw is signed."""
    form = {"request": "e30:forged", "action": "grant", "scopes": "stats:read"}
    assert cast.client("owner").post(AUTHORIZE, form).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "w" * 64},
        {"code_verifier": challenge()},
        {"redirect_uri": None},
        {"redirect_uri": "https://app.example/other"},
        {"code": "x"},
        {"code": None},
    ],
)
def test_a_code_alone_is_worth_nothing(cast, app, shop, changes):
    """No token, and the right trade still works."""
    code = led_back(consent(cast.client("owner"), app, [shop]))["code"]
    answer = trade_code(app, code, **changes)
    assert answer.status_code == 400, answer.content
    assert "access_token" not in answer.json()
    assert trade_code(app, code).status_code == 200


def test_a_code_of_one_app_is_none_for_another(cast, app, shop):
    """Whoever asks."""
    code = led_back(consent(cast.client("owner"), app, [shop]))["code"]
    assert trade_code(register("Other"), code).status_code in (400, 401)


@pytest.mark.parametrize(
    "kind",
    ["password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "", "x"],
)
def test_there_is_no_way_without_a_person(cast, app, kind):
    """Whatever an operator allowed."""
    Client.objects.update(grant_types=kind or "x")
    answer = trade(app, grant_type=kind, username="owner@example.com", password="x")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_confidential_app_proves_who_it_is(cast, shop):
    """With its secret and PKCE, both."""
    app = register(secret="a long secret")
    code = led_back(consent(cast.client("owner"), app, [shop]))["code"]
    assert trade_code(app, code).status_code == 401
    assert trade_code(app, code, client_secret="wrong").status_code == 401
    no_pkce = trade_code(app, code, client_secret="a long secret", code_verifier=None)
    assert no_pkce.status_code == 400
    assert trade_code(app, code, client_secret="a long secret").status_code == 200


def test_a_wrong_resource_gives_no_token(cast, app, shop):
    """And no error of ours."""
    code = led_back(consent(cast.client("owner"), app, [shop]))["code"]
    answer = trade_code(app, code, resource="nonsense")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    assert trade_code(app, code, resource=f"{env.web_origin}/api").status_code == 200


def test_only_hashes_are_stored(cast, app, shop):
    """Neither code nor token."""
    issued = tokens_of(cast.client("owner"), app, [shop])
    rows = str([*Token.objects.values(), *OAuthGrant.objects.values()])
    assert issued["access_token"] not in rows and issued["refresh_token"] not in rows


def test_get_is_no_way_to_trade(client):
    """Nothing secret goes into an address."""
    assert client.get(TOKEN).status_code == 405
