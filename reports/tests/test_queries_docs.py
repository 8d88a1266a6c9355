"""docs/queries.md has one line for each metric, dimension, operator and period: the code's."""

import re

from analytics_saas.env import BASE_DIR
from reports.catalog import AUTOMATIC_TIME, DIMENSIONS, METRICS, PROPERTY_MEANS, PROPERTY_PREFIX
from reports.comparisons import Mode
from reports.filters import Deed, Joint, Op
from reports.periods import NAMES
from reports.query import INCLUDES

TEXT = (BASE_DIR / "docs" / "queries.md").read_text()


def section(title):
    """The lines under a heading."""
    return TEXT.partition(f"## {title}")[2].partition("\n## ")[0]


def first_cells(title):
    """Every name in the first column of a section's table."""
    rows = re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_metric_has_its_line():
    """With the definition of the catalogue."""
    assert first_cells("Metrics") == list(METRICS)
    for key, row in METRICS.items():
        assert f"| `{key}` | {row.means} |" in TEXT


def test_every_dimension_has_its_line():
    """Those of properties and of time, too."""
    names = [*DIMENSIONS, f"{PROPERTY_PREFIX}KEY", AUTOMATIC_TIME]
    assert first_cells("Dimensions") == names
    for key, row in DIMENSIONS.items():
        assert f"| `{key}` | {row.means} |" in TEXT
    assert f"| `{PROPERTY_PREFIX}KEY` | {PROPERTY_MEANS} |" in TEXT


def test_every_operator_period_and_inclusion_has_its_line():
    """And no other."""
    assert first_cells("Filters") == [*Op, *Joint, *Deed]
    assert sorted(first_cells("Periods")) == sorted(NAMES)
    included = first_cells("What else an answer can have")
    assert sorted(included) == sorted([*INCLUDES, "comparisons"])
    told = section("What else an answer can have")
    assert all(f"`{mode}`" in told or f'"{mode}"' in told for mode in Mode)
