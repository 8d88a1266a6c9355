"""The forms of what cannot be taken back: each asks for the project's name."""

from typing import Any, cast

from django import forms

from accounts.models import Organization
from projects.models import Project
from projects.rules import RuleError, require_name


class ConfirmForm(forms.Form):
    """The project's name, typed."""

    confirm = forms.CharField(
        label="The project's name, to confirm",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._project = project

    def clean_confirm(self) -> str:
        """Return the name, which is the project's."""
        typed: str = self.cleaned_data["confirm"]
        try:
            require_name(self._project.name, typed)
        except RuleError as error:
            raise forms.ValidationError(str(error)) from None
        return typed


class TransferForm(ConfirmForm):
    """The organization that gets the project."""

    organization = forms.ChoiceField()
    field_order = ("organization", "confirm")

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._organizations = {one.public_id: one for one in organizations}
        field = cast(forms.ChoiceField, self.fields["organization"])
        field.choices = [(one.public_id, one.name) for one in organizations]

    def clean_organization(self) -> Organization:
        """Return the chosen one."""
        return self._organizations[self.cleaned_data["organization"]]
