"""The way in without an account: a live secret or a public project gives a principal that reads.

Whatever is wrong with a secret or an id looks absent.
"""

import hmac
from hashlib import sha256
from typing import Any, Protocol

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from accounts.access import one_or_404
from accounts.principal import Principal
from projects.models import Project, SharedLink

SCOPES = frozenset({"stats:read"})


class Session(Protocol):
    """What is asked of Django's session."""

    def get(self, key: str, default: Any, /) -> Any:
        """Return what is kept under a key."""


def hash_of(secret: str) -> str:
    """Return what is stored of a secret; its 128 random bits need no salt."""
    return sha256(secret.encode(errors="replace")).hexdigest()


def live_links() -> Any:
    """Return the links that are neither revoked nor over."""
    now = timezone.now()
    return SharedLink.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None
    ).select_related("project__organization")


def get_link(secret: str) -> SharedLink:
    """Return the live link of a secret. Raises Http404."""
    link: SharedLink | None = live_links().filter(secret_hash=hash_of(secret)).first()
    if link is None:
        raise Http404
    return link


def get_public_project(public_id: str) -> Project:
    """Return a project that is shown to everybody. Raises Http404."""
    shown = Project.objects.filter(is_public=True).select_related("organization")
    return one_or_404(shown, public_id)


def proof_key(link: SharedLink) -> str:
    """Return where the session keeps that the password was known."""
    return f"share:{link.public_id}"


def proof_of(link: SharedLink) -> str:
    """Return what the session keeps; it means nothing once the password is another."""
    return sha256(link.password.encode()).hexdigest()


def is_open(link: SharedLink, session: Session) -> bool:
    """Tell whether the link has no password, or this session has proved to know it."""
    if not link.password:
        return True
    return hmac.compare_digest(str(session.get(proof_key(link), "")), proof_of(link))


def principal_of_link(link: SharedLink) -> Principal:
    """Return who reads by a link: one project, numbers only."""
    return _reader(link.project, f"shared link {link.name}")


def principal_of_public(project: Project) -> Principal:
    """Return who reads a public dashboard: one project, numbers only."""
    return _reader(project, "public dashboard")


def _reader(project: Project, name: str) -> Principal:
    return Principal(
        organization_id=project.organization_id,
        scopes=SCOPES,
        project_ids=frozenset({project.pk}),
        name=name,
    )
