"""An amount of money as the API tells it. Pure."""

from typing import Any

SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "BRL": "R$",
    "CAD": "CA$",
    "AUD": "A$",
}
STEPS = ((1e9, "B"), (1e6, "M"), (1e3, "K"))


def told(value: float | None, currency: str) -> dict[str, Any] | None:
    """Return value, currency and two forms for people; None without a value or a currency."""
    if value is None or not currency:
        return None
    sign = SIGNS.get(currency, f"{currency} ")
    minus, size = "-" * (value < 0), abs(value)
    step, letter = next(((step, letter) for step, letter in STEPS if size >= step), (1, ""))
    return {
        "value": value,
        "currency": currency,
        "short": f"{minus}{sign}{size / step:.1f}{letter}",
        "long": f"{minus}{sign}{size:,.2f}",
    }


def amount(value: Any) -> float | None:
    """Return the number of a metric, whether it is of money or not."""
    number: float | None = value["value"] if isinstance(value, dict) else value
    return number
