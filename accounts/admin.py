"""People and organizations for operators. No hash and no secret is in any list or form."""

from typing import Any

from allauth.idp.oidc.models import Client as App
from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Membership,
    OAuthGrant,
    Organization,
    OutgoingMail,
    SpentRefreshToken,
    Usage,
    User,
)
from accounts.oauth.operators import AppAdmin
from accounts.operators import ReadOnly, site
from accounts.plans import PLANS
from accounts.services import change_plan


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs only
    """Who belongs where, beside either of them."""

    model = Membership
    readonly_fields = ["public_id", "organization", "user", "role", "created_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People join by invitation."""
        return False


@admin.register(User, site=site)
class UserAdmin(ReadOnly):
    """People. An operator opens and closes accounts; `manage.py erase_person` erases one."""

    list_display = ["email", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email"]
    fields = ["email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login"]
    readonly_fields = ["email", "date_joined", "last_login"]
    inlines = [MembershipInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser: other staff could make themselves one."""
        return bool(request.user.is_superuser)


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """What an operator may set."""

    plan = forms.ChoiceField(choices=[(plan.key, plan.name) for plan in PLANS.values()])

    class Meta:
        """The plan; everything else is its owner's."""

        model = Organization
        fields = ["plan"]


@admin.register(Organization, site=site)
class OrganizationAdmin(ReadOnly):
    """Organizations. An operator sets the plan, where no provider does."""

    form = OrganizationForm
    list_display = ["name", "public_id", "plan", "requires_two_factor", "created_at"]
    list_filter = ["plan", "requires_two_factor"]
    search_fields = ["name", "public_id", "members__email"]
    fields = ["public_id", "name", "plan", "requires_two_factor", "created_at"]
    readonly_fields = ["public_id", "name", "requires_two_factor", "created_at"]
    inlines = [MembershipInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever has the right of Django's own permissions."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        """Change the plan as the provider would, in the organization's log."""
        stored = Organization.objects.get(pk=obj.pk)
        # Django's own log names the operator; the customer's says that it was us.
        change_plan(organization=stored, plan=obj.plan, principal=None)


@admin.register(Membership, site=site)
class MembershipAdmin(ReadOnly):
    """Who belongs where as what."""

    list_display = ["user", "organization", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "organization"]
    search_fields = ["public_id", "user__email", "organization__name", "organization__public_id"]


@admin.register(Invitation, site=site)
class InvitationAdmin(ReadOnly):
    """Open offers."""

    list_display = ["email", "organization", "role", "invited_by", "created_at", "expires_at"]
    list_filter = ["role"]
    list_select_related = ["organization", "invited_by"]
    search_fields = ["public_id", "email", "organization__name", "organization__public_id"]
    exclude = ["secret_hash"]


@admin.register(ApiToken, site=site)
class ApiTokenAdmin(ReadOnly):
    """Tokens, by their first characters."""

    list_display = [
        "name", "prefix", "organization", "created_by", "last_used_on", "expires_at", "revoked_at",
    ]  # fmt: skip
    list_select_related = ["organization", "created_by"]
    search_fields = ["public_id", "prefix", "name", "organization__name", "created_by__email"]
    exclude = ["secret_hash"]


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(ReadOnly):
    """The logs of all organizations."""

    list_display = ["at", "organization", "actor", "action", "target", "network"]
    list_select_related = ["organization"]
    date_hierarchy = "at"
    search_fields = ["organization__name", "organization__public_id", "actor", "action", "target"]


@admin.register(Usage, site=site)
class UsageAdmin(ReadOnly):
    """Events by organization and month."""

    list_display = ["organization", "month", "events", "warned_percent"]
    list_select_related = ["organization"]
    date_hierarchy = "month"
    search_fields = ["organization__name", "organization__public_id"]


@admin.register(OutgoingMail, site=site)
class OutgoingMailAdmin(ReadOnly):
    """What waits for the mail server, and why; nobody reads or writes mail here."""

    list_display = [
        "subject", "recipients", "created_at", "attempts", "sent_at", "error", "good_until",
    ]  # fmt: skip
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]
    search_fields = ["subject", "recipients"]
    exclude = ["text", "html"]


@admin.register(OAuthGrant, site=site)
class OAuthGrantAdmin(ReadOnly):
    """What people let apps do."""

    list_display = ["client", "user", "scopes", "created_at", "last_used_on"]
    list_select_related = ["client", "user"]
    search_fields = ["public_id", "user__email", "client__name"]
    exclude = ["code_hash"]


@admin.register(SpentRefreshToken, site=site)
class SpentRefreshTokenAdmin(ReadOnly):
    """Refresh tokens that must not be seen again."""

    list_display = ["pk", "grant", "spent_at"]
    list_select_related = ["grant__client", "grant__user"]
    search_fields = ["grant__public_id", "grant__user__email"]
    exclude = ["token_hash"]


site.register(App, AppAdmin)
