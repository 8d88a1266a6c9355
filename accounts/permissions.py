"""DRF's first question to every endpoint. What somebody may then do is decided by access.py."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.principal import Principal

if TYPE_CHECKING:
    from rest_framework.views import APIView


class IsKnown(BasePermission):
    """Admits a person who is logged in and whatever a valid token stands for."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Tell whether somebody is there at all."""
        return isinstance(request.auth, Principal) or bool(request.user.is_authenticated)
