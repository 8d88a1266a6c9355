"""The form that makes a token; every refusal says what to choose instead."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.roles import PROJECT_SCOPES, SCOPE_WORDS
from accounts.validators import plain_name

# Days of life; the empty one has no end.
LIVES = [("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "No end")]


class TokenForm(forms.Form):
    """Name, scopes, projects and life of a new token."""

    name = forms.CharField(
        max_length=80,
        validators=[plain_name],
        help_text="What it is for, such as Weekly report.",
    )
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{words} ({scope})") for scope, words in SCOPE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that it may do."},
    )
    projects = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all projects of the organization, and those to come.",
    )
    days = forms.ChoiceField(label="Ends after", choices=LIVES, initial="90", required=False)

    def __init__(self, *args: Any, projects: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._projects = {project.public_id: project for project in projects}
        field = cast(forms.MultipleChoiceField, self.fields["projects"])
        field.choices = [(one.public_id, one.name) for one in self._projects.values()]
        if not self._projects:
            # Still read, so that a project one may not choose is refused and never overlooked.
            field.widget = forms.MultipleHiddenInput()

    def clean(self) -> dict[str, Any]:
        """Return what create_token takes."""
        data = super().clean() or {}
        chosen = [self._projects[public_id] for public_id in data.get("projects") or []]
        beyond = sorted(set(data.get("scopes") or []) - set(PROJECT_SCOPES))
        if chosen and beyond:
            problem = f"A token of chosen projects cannot have {', '.join(beyond)}."
            self.add_error("scopes", problem)
        if "projects" in self.errors and not self._projects:
            self.add_error(None, "Select a valid choice. There is no such project.")
        data["projects"] = chosen or None
        data["expires_at"] = _end(data.pop("days", ""))
        return data


def _end(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days else None
