"""The form of consent: what an app may do, and in which projects."""

from typing import Any, cast

from allauth.idp.oidc.forms import AuthorizationForm
from django import forms

from accounts.oauth import access
from accounts.principal import Principal
from accounts.roles import PROJECT_SCOPES


class ConsentForm(AuthorizationForm):  # type: ignore[misc] # allauth is untyped
    """allauth's list of scopes, and the projects they are for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        principal = Principal(user=kwargs["user"])
        asked = set(kwargs["requested_scopes"]) & set(PROJECT_SCOPES)
        super().__init__(*args, **kwargs)
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.label = "It may"
        scopes.error_messages["required"] = "Choose at least one thing that it may do."
        self._projects = {}
        if asked:
            self._projects = {one.public_id: one for one in access.choosable_projects(principal)}
            self.fields["projects"] = self._choice()

    def _choice(self) -> forms.MultipleChoiceField:
        choices = [
            (public_id, f"{project.name} · {project.organization.name}")
            for public_id, project in self._projects.items()
        ]
        return forms.MultipleChoiceField(
            label="In these projects only",
            choices=choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="" if choices else "There is no project whose numbers you may see.",
        )

    def clean(self) -> dict[str, Any]:
        """Return the chosen projects; what an app may do in a project needs one."""
        data: dict[str, Any] = super().clean() or {}
        chosen = [self._projects[public_id] for public_id in data.get("projects") or []]
        needed = set(data.get("scopes") or []) & set(PROJECT_SCOPES)
        if needed and not chosen and "projects" not in self.errors:
            self.add_error("projects", "Choose at least one project, or cancel.")
        data["projects"] = chosen if needed else []
        return data
