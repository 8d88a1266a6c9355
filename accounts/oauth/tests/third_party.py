"""An app of somebody else's: asks for consent, trades codes, uses tokens."""

import base64
import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

from django.test import Client as Browser

AUTHORIZE = "/identity/o/authorize"
TOKEN = "/identity/o/api/token"
REVOKE = "/identity/o/api/revoke"
CALLBACK = "https://app.example/callback"
VERIFIER = "v" * 64
SCOPES = "openid email stats:read projects:read"


def challenge(verifier=VERIFIER):
    """The SHA-256 of a verifier, as PKCE writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def register(name="Weekly", secret=None, **changes):
    """What an operator enters in the admin: a public app, or with a secret a confidential one."""
    from allauth.idp.oidc.models import Client

    app = Client(name=name, type="confidential" if secret else "public", **changes)
    app.set_redirect_uris([CALLBACK])
    app.set_scopes(SCOPES.split())
    app.set_grant_types(["authorization_code", "refresh_token"])
    if secret:
        app.set_secret(secret)
    app.save()
    return app


def request_of(app, **changes):
    """The parameters with which it sends a person to us; None leaves one out."""
    asked = {
        "client_id": app.id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": SCOPES,
        "state": "a state",
        "nonce": "a nonce",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (asked | changes).items() if value is not None}


def consent(browser, app, projects, scopes=SCOPES, action="grant", **changes):
    """Send a person to us, who chooses; the answer to their choice."""
    page = browser.get(AUTHORIZE, request_of(app, **changes))
    assert page.status_code == 200, (page.status_code, page.get("Location"))
    signed = signed_request(page.content.decode())
    chosen = {"scopes": scopes.split(), "projects": [one.public_id for one in projects]}
    return browser.post(AUTHORIZE, {"request": signed, "action": action} | chosen)


def signed_request(page):
    """What the page of consent signs and its form sends back."""
    return re.search(r'name="request" value="([^"]+)"', page).group(1)


def led_back(answer):
    """What the app is told in its address."""
    assert answer.status_code == 302, answer.content
    assert answer["Location"].startswith(f"{CALLBACK}?"), answer["Location"]
    return dict(parse_qsl(urlsplit(answer["Location"]).query))


def trade(app, **form):
    """Ask for tokens."""
    form = {"client_id": app.id} | form
    return Browser().post(TOKEN, {name: value for name, value in form.items() if value is not None})


def trade_code(app, overheard, **changes):
    """Trade a code as a public app does."""
    form = {"grant_type": "authorization_code", "code": overheard, "redirect_uri": CALLBACK}
    return trade(app, **form | {"code_verifier": VERIFIER} | changes)


def trade_refresh(app, token, **changes):
    """Trade a refresh token."""
    return trade(app, grant_type="refresh_token", refresh_token=token, **changes)


def tokens_of(browser, app, projects, **changes):
    """Everything from the first click to the first tokens."""
    code = led_back(consent(browser, app, projects, **changes))["code"]
    answer = trade_code(app, code)
    assert answer.status_code == 200, answer.content
    return answer.json()


def api(token, url, **body):
    """What the API answers to an access token."""
    headers = {"authorization": f"Bearer {token}"}
    if body:
        return Browser().post(url, body, "application/json", headers=headers)
    return Browser().get(url, headers=headers)
