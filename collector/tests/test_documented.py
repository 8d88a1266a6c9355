"""The documents name every reason, channel and click id, and no others."""

import re

import pytest

from analytics_saas.env import BASE_DIR
from collector.drops import DropReason
from collector.enrich.channel import CHANNELS
from collector.enrich.click import CLICKS


def first_cells(page, heading):
    """The first cell of each row of the table under a heading."""
    text = (BASE_DIR / "docs" / page).read_text().partition(f"{heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return [name.strip(" `") for row in rows[1:] for name in row.split(",")]


@pytest.mark.parametrize(
    ("page", "heading", "known"),
    [
        ("bots.md", "# What is not counted", set(DropReason)),
        ("sources.md", "## Channel", CHANNELS),
        ("sources.md", "## Click ids", set(CLICKS)),
    ],
)
def test_a_table_is_whole(page, heading, known):
    """In both directions."""
    names = first_cells(page, heading)
    assert sorted(names) == sorted(known)
