"""docs/security.md promises nothing that no test shows."""

import ast
import re

from analytics_saas.env import BASE_DIR

DOCUMENT = BASE_DIR / "docs" / "security.md"


def rows():
    """Promise and tests of each row."""
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] not in ("promise", "---"):
            yield cells[0], re.findall(r"`([\w/]+\.py)::(\w+)`", cells[1])


def test_every_promise_names_a_test_that_exists():
    """By file and function; a test that was renamed fails here."""
    found = list(rows())
    assert len(found) > 20
    assert [promise for promise, tests in found if not tests] == []
    missing = []
    for _, tests in found:
        for path, name in tests:
            tree = ast.parse((BASE_DIR / path).read_text()) if (BASE_DIR / path).exists() else None
            functions = [one.name for one in tree.body if hasattr(one, "name")] if tree else []
            missing += [] if name in functions else [f"{path}::{name}"]
    assert missing == []
