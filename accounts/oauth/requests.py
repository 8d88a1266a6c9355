"""What an app must send to be let before a person: checks that OAuth 2.1 has and allauth has not.

Nothing is led back to an address that is not, letter for letter, one that an operator entered.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from allauth.core.internal.httpkit import add_query_params
from allauth.idp.oidc.internal.oauthlib.server import get_server
from allauth.idp.oidc.internal.oauthlib.utils import extract_params
from allauth.idp.oidc.internal.resources import get_resources
from allauth.idp.oidc.models import Client
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from oauthlib.oauth2.rfc6749.errors import FatalClientError, OAuth2Error

from accounts.oauth.adapter import ISSUER

CHALLENGE = re.compile(r"[0-9A-Za-z_-]{43}")


class Refused(Exception):
    """An OAuth error that is led back to the app."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return why a person is not even asked; None when they are to be."""
    asked = request.GET
    known = Client.objects.filter(pk=_one(asked, "client_id")) if is_storable(asked) else None
    client = known.first() if known is not None else None
    if client is None:
        return error_page(request, "The app that sent you here is not registered with Daysalt.")
    address = _one(asked, "redirect_uri")
    if address not in client.get_redirect_uris():
        words = "The app that sent you here asked to be answered at an address that is not its."
        return error_page(request, words)
    try:
        _require_code_with_pkce(asked)
        get_server().validate_authorization_request(*extract_params(request))
        get_resources(request)
        _require_a_person(request)
    except FatalClientError as error:
        return error_page(request, error.description)
    except OAuth2Error as error:
        problem = Refused(error.error, error.description)
    except ValidationError as error:
        problem = Refused("invalid_target", error.messages[0])
    except Refused as error:
        problem = error
    else:
        return None
    answer = {"error": problem.error, "error_description": problem.description}
    return lead_back(address, answer | _state(asked))


def lead_back(address: str, answer: dict[str, str]) -> HttpResponse:
    """Send a person back to an app; it may be one on their own device, with a scheme of its own."""
    location = add_query_params(address, answer | {"iss": ISSUER})
    return HttpResponse(status=302, headers={"Location": location, "Cache-Control": "no-store"})


def error_page(request: HttpRequest, problem: str) -> HttpResponse:
    """Tell the person, since there is nowhere safe to lead them back to."""
    return render(request, "idp/oidc/error.html", {"problem": problem}, status=400)


def destination(address: str) -> str:
    """Return what a content security policy must name to let a form lead to an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _require_code_with_pkce(asked: QueryDict) -> None:
    if _one(asked, "response_type") != "code":
        raise Refused("unsupported_response_type", "response_type must be code.")
    if asked.get("response_mode", "query") != "query":
        raise Refused("invalid_request", "response_mode must be query.")
    if _one(asked, "code_challenge_method") != "S256":
        raise Refused("invalid_request", "PKCE is needed: code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(_one(asked, "code_challenge")):
        raise Refused("invalid_request", "code_challenge must be the SHA-256 of the verifier.")
    if not _one(asked, "scope").split():
        raise Refused("invalid_scope", "scope must name what the app wants to do.")


def _require_a_person(request: HttpRequest) -> None:
    """Consent is for projects, so it is always asked for and never silent."""
    if "none" in request.GET.get("prompt", "").split():
        known = request.user.is_authenticated
        problem = "A person must choose projects." if known else "Nobody is logged in."
        raise Refused("consent_required" if known else "login_required", problem)


def is_storable(asked: QueryDict) -> bool:
    """Tell whether PostgreSQL could look for every value; a text with a NUL makes it fail."""
    return not any("\0" in str(value) for _, values in asked.lists() for value in values)


def _one(asked: QueryDict, name: str) -> str:
    """Return a parameter that was sent once, else an empty text."""
    values: list[Any] = asked.getlist(name)
    return str(values[0]) if len(values) == 1 else ""


def _state(asked: QueryDict) -> dict[str, str]:
    return {"state": str(asked["state"])} if "state" in asked else {}
