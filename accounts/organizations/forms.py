"""The forms of organizations; every refusal says what to do instead."""

from collections.abc import Collection
from typing import Any, cast

from django import forms

from accounts.models import Membership, Role
from accounts.validators import plain_name

# What each role is for, in the order in which they are offered.
MEANING = {
    Role.VIEWER: "sees numbers",
    Role.EDITOR: "sees and exports numbers, edits goals and segments",
    Role.ADMIN: "edits projects, the team and tokens",
    Role.BILLING: "sees usage and pays, but sees no numbers",
    Role.OWNER: "may do everything",
}


class OrganizationForm(forms.Form):
    """Its name."""

    name = forms.CharField(
        max_length=120, validators=[plain_name], help_text="Your team sees it, and whom you invite."
    )


class RoleForm(forms.Form):
    """One of the roles that this person may give."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, roles: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["role"])
        field.choices = [(role.value, role.label) for role in MEANING if role in roles]


class InviteForm(RoleForm):
    """Whom to invite as what."""

    email = forms.EmailField(max_length=254, label="E-mail address")
    field_order = ["email", "role"]

    def __init__(self, *args: Any, roles: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, roles=roles, **kwargs)
        self.fields["role"].help_text = " · ".join(
            f"{role.label}: {meaning}" for role, meaning in MEANING.items() if role in roles
        )


class TwoFactorForm(forms.Form):
    """Whether everybody needs a second factor."""

    requires_two_factor = forms.BooleanField(
        required=False,
        label="Everybody needs a second factor",
        help_text="Members without one are led to its set-up before they see anything here.",
    )


class TransferForm(forms.Form):
    """Who owns the organization from now on."""

    member = forms.ChoiceField(label="New owner", help_text="You become an admin.")

    def __init__(self, *args: Any, members: Collection[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["member"])
        field.choices = [(member.public_id, member.user.email) for member in members]


class DeleteForm(forms.Form):
    """The name, typed once more."""

    name = forms.CharField(max_length=120, label="Its name, to be sure")

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._expected = expected

    def clean_name(self) -> str:
        """Return the name only when it is this organization's."""
        name: str = self.cleaned_data["name"]
        if name.strip() != self._expected.strip():
            raise forms.ValidationError(f"Type {self._expected} to delete it.")
        return name
