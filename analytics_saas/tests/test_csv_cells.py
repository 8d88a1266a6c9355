"""What people and strangers call things, in a file that somebody opens with a spreadsheet."""

import csv
import io
import re

import pytest

from analytics_saas.csv_cells import neutralized

STARTS = "=+-@＝＋－＠"  # noqa: RUF001 # the full-width forms are meant


def cells(text, separator):
    """All cells that a spreadsheet with this separator sees in a file of one cell between two."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["first", neutralized(text), "last"])
    lines = re.split("[\r\n]+", file.getvalue())
    return [cell for line in csv.reader(lines, delimiter=separator) for cell in line]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "before",
    ["", " ", "\t", "\r", "\n", "\r\n", '"', "\0", "\u00a0", "\ufeff", "x;", "x; ", 'x;"', "x\t",
     "x\n", "x\r\n ", ";;", "x\t\r"],
)  # fmt: skip
def test_no_cell_begins_a_formula(separator, start, before):
    """Wherever cells and lines are split, and whatever is dropped before."""
    for cell in cells(f'{before}{start}HYPERLINK("//x.example")', separator):
        begins = cell.lstrip(' \t\r\n\0"\u00a0\ufeff')
        assert not begins.startswith(tuple(STARTS)), repr(cell)


@pytest.mark.parametrize(
    "text", ["", "Shop", "a@b.example", "1-2", "a = b", '{"from": "A", "to": [1, -2]}', "5;6", "é"]
)
def test_a_harmless_text_stays_as_it_is(text):
    """Addresses and numbers among them."""
    assert neutralized(text) == text
