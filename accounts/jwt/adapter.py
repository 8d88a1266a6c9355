"""What allauth's headless API tells about a person."""

from typing import Any

from allauth.headless.adapter import DefaultHeadlessAdapter

from accounts.models import User


class HeadlessAdapter(DefaultHeadlessAdapter):  # type: ignore[misc] # allauth is untyped
    """allauth's adapter with our public ids."""

    def serialize_user(self, user: User) -> dict[str, Any]:
        """Return a person as `sub` names them; the key of their row stays inside."""
        told: dict[str, Any] = super().serialize_user(user)
        return told | ({"id": user.public_id} if user.pk else {})
