"""A row of numbers as the points of a small line. Pure."""

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 28
# Room for the line's own width.
EDGE = 2


def sparkline(values: Sequence[int]) -> str:
    """Return the points of an SVG polyline in a box of WIDTH by HEIGHT; the base line is 0."""
    most, last = max(*values, 1), len(values) - 1
    room = HEIGHT - 2 * EDGE
    return " ".join(
        f"{place * WIDTH / last:g},{HEIGHT - EDGE - value * room / most:.4g}"
        for place, value in enumerate(values)
    )
