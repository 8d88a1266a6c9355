"""An amount of money has a form for programs and two for people."""

import pytest

from reports import money


@pytest.mark.parametrize(
    ("value", "currency", "short", "long"),
    [
        (500_200_700.25, "EUR", "€500.2M", "€500,200,700.25"),
        (1_234.5, "USD", "$1.2K", "$1,234.50"),
        (12.0, "CHF", "CHF 12.0", "CHF 12.00"),
        (-3e9, "GBP", "-£3.0B", "-£3,000,000,000.00"),
    ],
)
def test_an_amount_is_told_with_its_currency(value, currency, short, long):
    """Short with a letter for thousands, long with all digits."""
    told = {"value": value, "currency": currency, "short": short, "long": long}
    assert money.told(value, currency) == told
    assert money.amount(told) == value


def test_nothing_is_told_without_an_amount_or_a_currency():
    """And a plain number is its own amount."""
    assert money.told(None, "EUR") is None
    assert money.told(5.0, "") is None
    assert money.amount(3) == 3
