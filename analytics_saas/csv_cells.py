"""Cells of CSV files that no spreadsheet takes for a formula."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutralized(text: str) -> str:
    """Return a text with an apostrophe before what would make a spreadsheet compute."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
