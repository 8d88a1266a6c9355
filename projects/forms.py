"""The forms of a project; every refusal says what to type instead."""

from typing import Any, cast

from django import forms

from accounts.models import Organization
from projects.fields import LinesField, RuledForm

DAYS = "Days begin and end here."
ZONE_HELP = f"{DAYS} Such as Europe/Berlin."


def zone_field(help_text: str) -> forms.CharField:
    """Return the field of a time zone, with the browser's list of them."""
    widget = forms.TextInput(attrs={"list": "zones", "autocomplete": "off"})
    return forms.CharField(max_length=64, initial="UTC", help_text=help_text, widget=widget)


class ProjectForm(RuledForm):
    """Name, domain and time zone; the organization is asked for where there are several."""

    name = forms.CharField(max_length=80, help_text="What you call this site.")
    domain = forms.CharField(max_length=300, help_text="Such as example.com.")
    time_zone = zone_field(ZONE_HELP)
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


class GeneralForm(RuledForm):
    """What a project is, and how long its numbers are kept."""

    name = forms.CharField(max_length=80, help_text="What you call this site.")
    domain = forms.CharField(max_length=300, help_text="Such as example.com.")
    time_zone = zone_field(
        f"{DAYS} A new zone holds from then on: recorded days stay as they were recorded."
    )
    retention_months = forms.IntegerField(label="Months that numbers are kept")

    def __init__(self, *args: Any, most_months: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "retention_months"
        ].help_text = f"Whole months: 1 to {most_months} with your plan."


class RulesForm(RuledForm):
    """What is counted, and under which name."""

    hostnames = LinesField(
        help_text="Only pages of these hosts are counted, one a line. None: every host's."
    )
    respects_privacy_signals = forms.BooleanField(
        label="Do not count browsers that send Global Privacy Control or Do Not Track",
        required=False,
    )
    blocked_networks = LinesField(
        label="Blocked addresses",
        help_text="Not counted: an address or block a line, such as 203.0.113.0/24.",
    )
    blocked_countries = LinesField(
        label="Blocked countries",
        help_text="Not counted: a code of two letters a line, such as DE.",
    )
    blocked_pages = LinesField(
        label="Blocked pages",
        help_text="Not counted: a pattern a line, such as /admin/**. * stays in a segment.",
    )
    page_masks = LinesField(
        label="Pages counted as one",
        help_text="A pattern a line: /user/* counts /user/7 and /user/8 as the page /user/*.",
    )
    page_parameters = LinesField(
        label="Query parameters that tell pages apart",
        help_text="A name a line: id counts /item?id=7&x=1 as /item?id=7. Never a person's name, "
        "mail address or token.",
    )
    strips_trailing_slash = forms.BooleanField(label="Count /page/ as /page", required=False)
    lowers_paths = forms.BooleanField(label="Count /Page as /page", required=False)
