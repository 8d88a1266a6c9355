"""People and organizations for operators."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import Membership, Organization, OutgoingMail, User

admin.site.register([User, Organization, Membership])


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """What waits for the mail server, and why; nobody reads or writes mail here."""

    list_display = (
        "subject",
        "recipients",
        "created_at",
        "attempts",
        "sent_at",
        "error",
        "good_until",
    )
    list_filter = (("sent_at", admin.EmptyFieldListFilter),)
    exclude = ("text", "html")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Mail is made by the product only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutgoingMail | None = None) -> bool:
        """Mail is sent as it was made."""
        return False
