"""The form that makes a project; every refusal says what to type instead."""

import re
import zoneinfo
from urllib.parse import urlsplit

from django import forms

HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
ZONES = sorted(zone for zone in zoneinfo.available_timezones() if zone != "localtime")


class ProjectForm(forms.Form):
    """Name, domain and time zone."""

    name = forms.CharField(max_length=80, help_text="What you call this site.")
    domain = forms.CharField(max_length=300, help_text="Such as example.com.")
    time_zone = forms.CharField(
        max_length=64,
        initial="UTC",
        help_text="Days begin and end here. Such as Europe/Berlin.",
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
    )

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
