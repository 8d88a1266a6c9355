"""The forms of sharing; every refusal says what to type instead."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator

from projects.fields import RuledForm
from projects.sharing.services import LEAST_PASSWORD, MOST_PASSWORD

# There has to be a day after it, in every zone.
LAST_DAY = date(9998, 12, 31)


class PasswordForm(forms.Form):
    """The password of a shared link."""

    password = forms.CharField(
        max_length=MOST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class SharedLinkForm(RuledForm):
    """A new link."""

    name = forms.CharField(max_length=80, help_text="Whom it is for, such as Agency.")
    password = forms.CharField(
        required=False,
        strip=False,
        max_length=MOST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"Empty: none is asked for. Else {LEAST_PASSWORD} characters or more.",
    )
    ends_on = forms.DateField(
        required=False,
        validators=[MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Its last day. Empty: it works until you revoke it.",
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(zone)

    def fields_of_link(self) -> dict[str, Any]:
        """Return what create_shared_link takes; a day ends at the project's midnight."""
        day, end = self.cleaned_data["ends_on"], None
        if day:
            end = datetime.combine(day + timedelta(days=1), time(), self._zone)
        return {
            "name": self.cleaned_data["name"],
            "password": self.cleaned_data["password"],
            "expires_at": end,
        }
