"""Cells of CSV files that no spreadsheet takes for a formula."""

import re

# The full-width forms are computed by East Asian spreadsheets.
FORMULA = "[-=+@＝＋－＠]"  # noqa: RUF001 # they are meant
# Where a cell may begin: also after what splits cells or lines where the comma does not, since a
# quotation mark in the middle of such a cell no longer protects the rest.
BEGINNING = r"(^|[;\t\r\n])"
# What a spreadsheet may drop before it looks for a formula.
DROPPED = '[\\x00-\\x20"\u00a0\u200b\u3000\ufeff]*'
DANGER = re.compile(f"{BEGINNING}({DROPPED})(?={FORMULA})")


def neutralized(text: str) -> str:
    """Return a text with an apostrophe before whatever would make a spreadsheet compute."""
    safe = DANGER.sub(r"\1\2'", text)
    return f"'{safe}" if safe.startswith(("\t", "\r", "\n")) else safe
