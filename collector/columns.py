"""Rows to columns, a few hundred at a time while they are in the processor's cache. Pure."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain, count, islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from collector.native import NAME, NAMED_TEXTS, NUMBERS, Coded, Maps, Values

MONEY = "Decimal(18, 3)"
MOST_ROWS = 256


class Column(Protocol):
    """One column under way."""

    def extend(self, values: Any, /) -> None:
        """Add the values of some rows."""


class Numbers:
    """Numbers of one type."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._parts: list[NDArray[Any]] = []

    def extend(self, values: Sequence[int], /) -> None:
        """Add numbers; they fit, or nothing is written. Raises OverflowError."""
        self._parts.append(np.fromiter(values, self._kind, len(values)))

    def joined(self) -> NDArray[Any]:
        """Return all of them."""
        return np.concatenate([np.array([], self._kind), *self._parts])


class Texts:
    """Texts, each different one kept once."""

    def __init__(self) -> None:
        self._places: defaultdict[str, int] = defaultdict(count().__next__)
        self._keys = array("I")

    def extend(self, texts: Iterable[str], /) -> None:
        """Add texts."""
        self._keys.extend(map(self._places.__getitem__, texts))

    def coded(self) -> Coded:
        """Return each different text once, in the order in which they came, and where it is."""
        return Coded(tuple(self._places), np.array(self._keys, "<u4"))


class Dictionaries:
    """Small dictionaries of texts."""

    def __init__(self) -> None:
        self._sizes, self._keys, self._values = array("I"), Texts(), list[bytes]()

    def extend(self, rows: Sequence[dict[str, str]], /) -> None:
        """Add a dictionary per row."""
        self._sizes.extend(map(len, rows))
        self._keys.extend(chain.from_iterable(rows))
        self._values += map(str.encode, chain.from_iterable(map(dict.values, rows)))

    def maps(self) -> Maps:
        """Return how many keys each row has, all keys and all values."""
        return Maps(np.array(self._sizes, "<u4"), self._keys.coded(), self._values)


class Columns:
    """The columns of rows of some types; rows may be added at any time until the end.

    Money is taken as text and becomes thousandths.
    """

    def __init__(self, types: dict[str, str], places: Sequence[int] | None = None) -> None:
        """`places` says where in a row the values stand, if other values stand between them."""
        self._types = types
        self._places = places or range(len(types))
        self._columns: list[Column] = [_begin(kind) for kind in types.values()]
        self._rows: list[Sequence[Any]] = []
        self._turned = 0

    def __len__(self) -> int:
        return self._turned + len(self._rows)

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows, each a sequence of values."""
        waiting = iter(rows)
        while some := list(islice(waiting, MOST_ROWS)):
            self._rows += some
            if len(self._rows) >= MOST_ROWS:
                self._turn()

    def finish(self) -> dict[str, Values]:
        """Return the columns as `native.block` takes them."""
        if self._rows:
            self._turn()
        pairs = zip(self._types.items(), self._columns, strict=True)
        return {name: _finish(kind, column) for (name, kind), column in pairs}

    def _turn(self) -> None:
        values = list(zip(*self._rows, strict=True))
        for column, place in zip(self._columns, self._places, strict=True):
            column.extend(values[place])
        self._turned += len(self._rows)
        self._rows.clear()


def _begin(kind: str) -> Column:
    if kind in (NAME, MONEY):
        return Texts()
    if kind == NAMED_TEXTS:
        return Dictionaries()
    return Numbers(NUMBERS[kind]) if kind in NUMBERS else list[Any]()


def _finish(kind: str, column: Any) -> Values:
    if kind == NAME:
        coded: Coded = column.coded()
        return coded
    if kind == MONEY:
        return _thousandths(column.coded())
    if kind == NAMED_TEXTS:
        maps: Maps = column.maps()
        return maps
    if kind in NUMBERS:
        numbers: NDArray[Any] = column.joined()
        return numbers
    texts: list[bytes] = column
    return texts


def _thousandths(amounts: Coded) -> Values:
    found: NDArray[Any] = np.array([int(Decimal(text) * 1000) for text in amounts.words], "<i8")
    return found.take(amounts.keys)
