"""The form of a goal; which fields a kind takes is said by rules.py."""

from typing import Any

from django import forms

from projects.goals.rules import MOST_PROPERTIES, OF_KIND
from projects.models import Goal

KINDS = [
    ("page", "A page is seen"),
    ("event", "An event is sent"),
    ("scroll", "A page is scrolled"),
]


class GoalForm(forms.Form):
    """A goal of any kind; fields that the kind does not take stay empty."""

    kind = forms.ChoiceField(label="Counts when", choices=KINDS)
    page_pattern = forms.CharField(
        label="Page",
        max_length=600,
        help_text="Page, scroll: such as /blog/**. * stays in a segment, ** goes across.",
    )
    event_name = forms.CharField(
        label="Event", max_length=200, help_text="Event: its name, such as Signup."
    )
    properties = forms.CharField(
        label="Only with",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=f"Event: up to {MOST_PROPERTIES} conditions, one a line, such as plan = pro.",
    )
    currency = forms.CharField(
        max_length=3, help_text="Event: three letters such as EUR, to show its revenue."
    )
    scroll_percent = forms.IntegerField(
        label="Percent", help_text="Scroll: how far down, from 1 to 100."
    )
    name = forms.CharField(max_length=200, help_text="Empty: a name is made up.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - {"kind"}:
            self.fields[name].required = False
            kinds = [kind for kind, taken in OF_KIND.items() if name in taken]
            if kinds:
                # goal.js hides what the chosen kind does not take.
                self.fields[name].widget.attrs["data-kinds"] = " ".join(kinds)

    def clean_properties(self) -> dict[str, str]:
        """Return the lines as property to value."""
        found = {}
        for line in self.cleaned_data["properties"].splitlines():
            key, sign, value = line.partition("=")
            if line.strip():
                if not sign:
                    raise forms.ValidationError("Write name = value on each line.")
                found[key.strip()] = value.strip()
        return found

    def clean_scroll_percent(self) -> int:
        """Return 0 for none."""
        return self.cleaned_data["scroll_percent"] or 0


def initial_of(goal: Goal) -> dict[str, Any]:
    """Return what the form of a goal begins with."""
    lines = [f"{key} = {value}" for key, value in goal.properties.items()]
    return {field: getattr(goal, field) for field in GoalForm.base_fields} | {
        "properties": "\n".join(lines),
        "scroll_percent": goal.scroll_percent or None,
    }
