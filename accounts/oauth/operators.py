"""The form by which operators register apps of other people."""

from typing import Any

from allauth.idp.oidc.models import Client
from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest

from accounts.oauth.adapter import GRANT_TYPES, SCOPES, OAuthAdapter, require_safe_redirect


class AppForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """Scopes and addresses, one per line, each of which must be one that can be given."""

    def clean_scopes(self) -> str:
        """Refuse what no app can have."""
        scopes = self.cleaned_data["scopes"].split()
        if beyond := [scope for scope in scopes if scope not in SCOPES]:
            problem = f"There is no scope {beyond[0]}. Those that there are: {', '.join(SCOPES)}."
            raise forms.ValidationError(problem)
        return "\n".join(scopes)

    def clean_redirect_uris(self) -> str:
        """Refuse addresses over which a code could be overheard."""
        addresses = self.cleaned_data["redirect_uris"].split()
        if not addresses:
            raise forms.ValidationError("Enter at least one address.")
        for address in addresses:
            require_safe_redirect(address)
        return "\n".join(addresses)


class AppAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Every app may have the code flow and nothing else; nobody ever sees a secret again."""

    form = AppForm
    fields = ("name", "type", "scopes", "redirect_uris", "cors_origins")
    list_display = ("name", "id", "type", "created_at")
    search_fields = ("id", "name")

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        """Store the app, and show the secret of a new confidential one this once."""
        obj.set_grant_types(list(GRANT_TYPES))
        obj.set_response_types(["code"])
        if not change:
            secret = OAuthAdapter().generate_client_secret()
            obj.set_secret(secret)
            if obj.type == Client.Type.CONFIDENTIAL:
                shown = f"The secret of this app, shown this once: {secret}"
                self.message_user(request, shown, messages.WARNING)
        super().save_model(request, obj, form, change)
