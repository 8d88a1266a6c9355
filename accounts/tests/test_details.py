"""The log's details in words."""

import pytest

from accounts.details import details_text

LINES = [
    ("project.update", {"is_public": [False, True]}, "is_public: off → on"),
    ("project.update", {"hostnames": [[], ["a.example", "b.example"]]},
     "hostnames: none → a.example, b.example"),
    ("project.update", {"name": ["Old", "New"], "months": [12, 24]},
     "name: Old → New · months: 12 → 24"),
    ("token.create", {"scopes": ["stats:read", "events:write"], "projects": None},
     "scopes: stats:read, events:write · projects: all"),
    ("goal.create", {"properties": {"plan": "pro"}, "currency": ""},
     "properties: plan = pro · currency: none"),
    ("project.create", {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("action", "detail", "text"), LINES)
def test_a_detail_is_told_in_words(action, detail, text):
    """Neither brackets nor quotes, and what was before what is."""
    assert details_text(action, detail) == text
