"""The form of a segment: its name, whose it is, and one row a filter."""

from typing import Any

from django import forms

from projects.models import Segment
from projects.ports import reports

MINE, EVERYBODYS = "mine", "everybody"
WHOSE = [(MINE, "Only me"), (EVERYBODYS, "Everybody of the project")]
# As many rows are offered; a query takes as many filters.
ROWS, MOST_ROWS = 2, 20


class SegmentForm(forms.Form):
    """The name, and for a new segment of somebody who may choose, who sees it."""

    name = forms.CharField(max_length=200, help_text="Such as Phones in Germany.")
    whose = forms.ChoiceField(label="Who sees it", choices=WHOSE)

    def __init__(self, *args: Any, chooses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not chooses:
            del self.fields["whose"]


class ConditionForm(forms.Form):
    """One filter; a row without a value is left out."""

    dimension = forms.ChoiceField(label="Of")
    operator = forms.ChoiceField(label="That")
    values = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "spellcheck": "false"}),
        label="Value",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"empty_permitted": True, "use_required_attribute": False}
        super().__init__(*args, **kwargs)
        for name, choices in zip(
            ("dimension", "operator"), (reports().dimensions, reports().operators), strict=True
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def has_changed(self) -> bool:
        """A choice alone says nothing yet."""
        return bool(self["values"].data and str(self["values"].data).strip())

    def filter(self) -> list[Any]:
        """Return [operator, dimension, values], in which any of the values will do."""
        said = self.cleaned_data
        values = [line.strip() for line in said["values"].splitlines() if line.strip()]
        return [said["operator"], said["dimension"], values]


class Conditions(forms.BaseFormSet):  # type: ignore[type-arg] # not at run time
    """All rows; at least one of them says something."""

    def filled(self) -> list[ConditionForm]:
        """Return the rows that say something, in the order of their filters."""
        return [row for row in self.forms if row.has_changed()]

    def filters(self) -> list[Any]:
        """Return what is saved."""
        return [row.filter() for row in self.filled()]

    def clean(self) -> None:
        """Refuse a segment of everything."""
        if not self.filled():
            raise forms.ValidationError("Give at least one condition with a value.")


_rows: type[Conditions] = forms.formset_factory(
    ConditionForm, formset=Conditions, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)  # type: ignore[assignment] # of our class


def conditions(data: Any, segment: Segment | None, more: int = 0) -> Conditions:
    """Return the rows of a segment, of what was typed, or empty ones."""
    if data is not None:
        return _rows(_with_rows(data, more) if more else data, prefix="filter")
    initial = [
        {"operator": operator, "dimension": dimension, "values": "\n".join(values)}
        for operator, dimension, values in (segment.filters if segment else [])
    ]
    return _rows(initial=initial, prefix="filter")


def _with_rows(data: Any, more: int) -> Any:
    """Return what was typed, with some more empty rows."""
    typed = data.copy()
    rows = str(typed.get("filter-TOTAL_FORMS", ""))
    count = int(rows) if rows.isdecimal() and len(rows) < 4 else 0
    typed["filter-TOTAL_FORMS"] = str(min(count + more, MOST_ROWS))
    return typed
