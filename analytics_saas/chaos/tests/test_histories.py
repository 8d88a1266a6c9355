"""A state machine that fails, or that did not run, is no proof."""

import pytest

from analytics_saas.chaos.histories import held


@pytest.mark.parametrize(
    ("code", "log", "expected"),
    [
        (0, "= 1 passed in 3.21s =", True),
        (1, "= 1 failed in 3.21s =", False),
        (1, "= 1 passed, 1 error in 3.21s =", False),
        (0, "= 1 skipped in 0.02s =", False),
        (-9, "collected 1 item", False),
        (5, "= no tests ran in 0.01s =", False),
    ],
)
def test_only_a_run_that_passed_counts(code, log, expected):
    """By pytest's exit code and its last line."""
    assert held(code, log) is expected
