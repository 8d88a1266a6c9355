"""Form fields that keep to rules.py."""

from typing import Any

from django import forms

from projects.rules import RULES, RuleError


class RuledForm(forms.Form):
    """A form whose fields of the names in RULES keep to them; refusals stand beside the field."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc] # Django's own, which the stubs leave out
        for name, rule in RULES.items():
            if name in self.fields and name in self.cleaned_data:
                try:
                    self.cleaned_data[name] = rule(self.cleaned_data[name])
                except RuleError as error:
                    self.add_error(name, str(error))


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        attributes = {"rows": rows, "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(
            required=False,
            max_length=60_000,
            strip=False,
            widget=forms.Textarea(attrs=attributes),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the lines that hold something."""
        return [line for line in super().clean(value).splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines; what was typed stays as typed."""
        return "\n".join(value) if isinstance(value, list) else value
