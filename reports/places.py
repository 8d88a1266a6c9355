"""English names of countries and regions by their ISO 3166 codes. Pure."""

from functools import cache

import pycountry

# Columns that have names, and the constants that hold them in composed SQL.
COLUMNS = ("country", "region")


@cache
def place_names(column: str) -> dict[str, str]:
    """Return the name of every code that such a column may hold."""
    if column == "country":
        return {one.alpha_2: _usual(one) for one in pycountry.countries}
    return {one.code: one.name for one in pycountry.subdivisions}


@cache
def constants(column: str) -> str:
    """Return codes and names as constants of a WITH clause; they come from a list, from nobody."""
    known = place_names(column)
    return (
        f"[{_texts([*known])}] AS {column}_codes, [{_texts([*known.values()])}] AS {column}_names"
    )


def label(column: str) -> str:
    """Return the SQL of a place's name; a code without a name stands for itself."""
    return f"transform({column}, {column}_codes, {column}_names, toString({column}))"


def _usual(country: object) -> str:
    return str(getattr(country, "common_name", None) or getattr(country, "name", ""))


def _texts(values: list[str]) -> str:
    escaped = (value.replace("\\", "\\\\").replace("'", "\\'") for value in values)
    return ", ".join(f"'{value}'" for value in escaped)
