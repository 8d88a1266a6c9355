"""The operators' admin: staff only, with a second factor only, and without a single secret."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from accounts.access import TwoFactorRequired
from accounts.models import User


class OperatorsSite(AdminSite):
    """Holds our own models only: those of other packages would show their secrets."""

    site_header = site_title = "Daysalt operators"
    index_title = "What there is"

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether somebody is an operator who has proven it twice."""
        person: User | AnonymousUser = request.user
        return super().has_permission(request) and is_mfa_enabled(person)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the product's own log-in, which limits tries and asks for the second factor."""
        answer: HttpResponse = secure_admin_login(self._lead_to_second_factor)(request)
        return answer

    def _lead_to_second_factor(self, request: HttpRequest) -> HttpResponse:
        # Whoever gets here is staff and logged in, so the second factor is what is missing.
        raise TwoFactorRequired


site = OperatorsSite(name="admin")


class ReadOnly(ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """Looks and searches; changes happen in services, which log them and tell other stores."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nothing is made here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is changed here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is deleted here."""
        return False
