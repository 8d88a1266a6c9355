"""Columns to one block of ClickHouse's format Native. Pure; knows types, and no table.

A block is the numbers of columns and rows, then each column's name, type and data
(https://clickhouse.com/docs/interfaces/formats/Native).
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# The only version of a LowCardinality column's form, and what says that a dictionary and then
# keys into it follow; the lowest byte is the keys' width.
LOW_CARDINALITY_VERSION = (1).to_bytes(8, "little")
OWN_DICTIONARY = 0x600
KEY_TYPES = ("<u1", "<u2", "<u4")

NUMBERS = {
    "UInt8": "<u1",
    "UInt32": "<u4",
    "UInt64": "<u8",
    "Int16": "<i2",
    "Date": "<u2",
    "DateTime('UTC')": "<u4",
    "DateTime64(3, 'UTC')": "<i8",
    "Decimal(18, 3)": "<i8",
}
TEXT = "String"
NAME = "LowCardinality(String)"
NAMED_TEXTS = "Map(LowCardinality(String), String)"
SHORT = [bytes([length]) for length in range(0x80)]


class Coded(NamedTuple):
    """A column of texts: each different one once, and for each row its place among them."""

    words: Sequence[str]
    keys: NDArray[Any]

    def take(self, rows: NDArray[Any]) -> "Coded":
        """Return the column of the given rows, with the same words."""
        return Coded(self.words, self.keys.take(rows))


class Maps(NamedTuple):
    """A column of dictionaries: how many keys each row has, all keys and all values."""

    sizes: NDArray[Any]
    keys: Coded
    values: Sequence[bytes]


# Numbers as they are stored: days, seconds, milliseconds, thousandths. Texts as UTF-8.
Values = NDArray[Any] | Sequence[bytes] | Coded | Maps


def block(types: dict[str, str], columns: dict[str, Any], rows: int) -> bytes:
    """Return a block of the named columns, whose values are those of their types."""
    parts = [_varint(len(columns)), _varint(rows)]
    for name, values in columns.items():
        parts += [_text(name.encode()), _text(types[name].encode())]
        parts += _data(types[name], values)
    return b"".join(parts)


def _data(kind: str, values: Any) -> Iterable[bytes]:
    if kind in NUMBERS:
        return [np.asarray(values, NUMBERS[kind]).tobytes()]
    if kind == TEXT:
        return map(_text, values)
    if kind == NAME:
        return [LOW_CARDINALITY_VERSION, *_dictionary(values)]
    if kind == NAMED_TEXTS:
        return _maps(values)
    raise ValueError(f"no way is known to write the type {kind}")


def _dictionary(column: Coded) -> list[bytes]:
    """Return words and keys; nothing for no rows, as the format has it."""
    if not len(column.keys):
        return []
    width = (len(column.words) > 1 << 8) + (len(column.words) > 1 << 16)
    words = b"".join(map(_text, map(str.encode, column.words)))
    keys = column.keys.astype(KEY_TYPES[width]).tobytes()
    sizes = (OWN_DICTIONARY | width, len(column.words), len(column.keys))
    head, of_words, of_keys = (size.to_bytes(8, "little") for size in sizes)
    return [head, of_words, words, of_keys, keys]


def _maps(column: Maps) -> list[bytes]:
    """Return where each row ends, then all keys and all values."""
    ends = np.cumsum(column.sizes, dtype="<u8").tobytes()
    texts = map(_text, column.values)
    return [LOW_CARDINALITY_VERSION, ends, *_dictionary(column.keys), *texts]


def _text(raw: bytes) -> bytes:
    return (SHORT[len(raw)] if len(raw) < 0x80 else _varint(len(raw))) + raw


def _varint(number: int) -> bytes:
    """Return a number in sevens of bits, the lowest first (LEB128)."""
    if number < 0x80:
        return SHORT[number]
    return bytes([number & 0x7F | 0x80]) + _varint(number >> 7)
