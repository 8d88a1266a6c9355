"""The form that makes a project; every refusal says what to type instead."""

import re
import zoneinfo
from typing import Any, cast
from urllib.parse import urlsplit

from django import forms

from accounts.models import Organization

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
ZONES = sorted(zone for zone in zoneinfo.available_timezones() if zone != "localtime")


class ProjectForm(forms.Form):
    """Name, domain and time zone; the organization is asked for where there are several."""

    name = forms.CharField(max_length=80, help_text="What you call this site.")
    domain = forms.CharField(max_length=300, help_text="Such as example.com.")
    time_zone = forms.CharField(
        max_length=64,
        initial="UTC",
        help_text="Days begin and end here. Such as Europe/Berlin.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )

    organization = forms.ChoiceField()

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._organizations = {one.public_id: one for one in organizations}
        field = cast(forms.ChoiceField, self.fields["organization"])
        field.choices = [(one.public_id, one.name) for one in organizations]
        if len(organizations) == 1:
            field.widget, field.required = forms.HiddenInput(), False
            field.initial = organizations[0].public_id

    def clean_organization(self) -> Organization:
        """Return the chosen organization, or the only one."""
        chosen = self.cleaned_data["organization"] or next(iter(self._organizations))
        return self._organizations[chosen]

    def clean_domain(self) -> str:
        """Return a bare host name; a pasted address is reduced to its host."""
        text = self.cleaned_data["domain"].strip().lower()
        host = urlsplit(text if "//" in text else f"//{text}").netloc.partition(":")[0]
        if not (HOST.fullmatch(host) or host == "localhost"):
            raise forms.ValidationError("This is not a domain. Type one such as example.com.")
        return host

    def clean_time_zone(self) -> str:
        """Return an IANA zone name."""
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone not in ZONES:
            raise forms.ValidationError("Unknown time zone. Type one such as Europe/Berlin.")
        return zone
