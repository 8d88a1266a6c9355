"""One condition of a query: [operator, dimension, values]. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from reports.catalog import DIMENSIONS, Dimension

MOST_FILTERS = 20
MOST_VALUES = 100
LONGEST_VALUE = 2_000
# Of all filters of a query, in UTF-8: ClickHouse takes so much in one parameter, escaped.
MOST_BYTES = 20_000


class FilterError(ValueError):
    """The filter cannot be read; `path` points into it, the text says what is allowed."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Op(StrEnum):
    """How a column is compared; several values mean any of them."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    CONTAINS_NOT = "contains_not"


@dataclass(frozen=True, slots=True)
class Filter:
    """A checked condition on one dimension."""

    op: Op
    dimension: Dimension
    values: tuple[str, ...]

    def echo(self) -> list[object]:
        """Return it as it was asked."""
        return [self.op.value, self.dimension.key, list(self.values)]


def parse_filters(given: object) -> tuple[Filter, ...]:
    """Read a list of filters, all of which must hold. Raises FilterError."""
    if not isinstance(given, list):
        raise FilterError("filters must be a list of [operator, dimension, [values]].")
    if len(given) > MOST_FILTERS:
        raise FilterError(f"{len(given)} filters were sent; at most {MOST_FILTERS} are read.")
    filters = tuple(_parse(one, f"[{place}]") for place, one in enumerate(given))
    size = sum(len(value.encode()) for one in filters for value in one.values)
    if size > MOST_BYTES:
        raise FilterError(f"The values have {size} bytes; at most {MOST_BYTES} fit in a query.")
    return filters


def _parse(given: object, path: str) -> Filter:
    if not isinstance(given, list) or len(given) != 3:
        raise FilterError("A filter is a list of three: [operator, dimension, [values]].", path)
    op, key, values = given
    if op not in list(Op):
        raise FilterError(f"The operator must be one of {', '.join(Op)}.", f"{path}[0]")
    dimension = DIMENSIONS.get(key) if isinstance(key, str) else None
    if dimension is None or not dimension.filterable:
        allowed = ", ".join(key for key, row in DIMENSIONS.items() if row.filterable)
        raise FilterError(f"The dimension must be one of {allowed}.", f"{path}[1]")
    return Filter(Op(op), dimension, _values(values, Op(op), f"{path}[2]"))


def _values(given: object, op: Op, path: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_VALUES:
        raise FilterError(f"The values must be a list of 1 to {MOST_VALUES} strings.", path)
    for place, value in enumerate(given):
        if not isinstance(value, str) or len(value) > LONGEST_VALUE or "\0" in value:
            problem = f"A value must be a string of at most {LONGEST_VALUE} characters."
            raise FilterError(problem, f"{path}[{place}]")
        if not value and op in (Op.CONTAINS, Op.CONTAINS_NOT):
            raise FilterError("Everything contains an empty text: give one.", f"{path}[{place}]")
    return tuple(given)
