"""A header of a shared or public dashboard becomes a Principal that reads one project.

Only endpoints of numbers take these headers; everywhere else they mean nothing.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.principal import Principal
from projects.sharing import access

SHARE_HEADER = "X-Daysalt-Share"
PUBLIC_HEADER = "X-Daysalt-Public"


class ShareAuthentication(BaseAuthentication):
    """Reads the secret of a shared link, or the id of a public project."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Principal] | None:
        """Return nobody and the Principal, None without a header. Raises Http404 for a bad one."""
        secret = request.headers.get(SHARE_HEADER)
        if secret is not None:
            link = access.get_link(secret)
            if not access.is_open(link, getattr(request, "session", {})):
                raise Http404
            return AnonymousUser(), access.principal_of_link(link)
        public_id = request.headers.get(PUBLIC_HEADER)
        if public_id is not None:
            project = access.get_public_project(public_id)
            return AnonymousUser(), access.principal_of_public(project)
        return None


class ShareScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # it registers
    """How the header of a shared link stands in the API's description."""

    target_class = ShareAuthentication
    name = "sharedLink"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the header; a public project's is its own description's matter."""
        return {"type": "apiKey", "in": "header", "name": SHARE_HEADER}
