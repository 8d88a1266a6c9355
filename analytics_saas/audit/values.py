"""Everything that a Redis server holds, as bytes; packed, encoded and compressed texts unfolded."""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import redis

# Base64 of anything shorter is as likely a word.
LEAST_BASE64 = 12
DEEPEST = 6


def values(client: redis.Redis) -> Iterator[bytes]:
    """Yield every key, field, member, value and stream entry of a server."""
    for key in client.scan_iter(count=1000):
        yield key
        for part in _content(client, key):
            yield from unfold(part)


def unfold(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield a text, and every text that it is a packed, encoded or compressed form of."""
    yield data
    if depth == DEEPEST:
        return
    for inner in (*_decompressed(data), *_unpacked(data)):
        if inner != data:
            yield from unfold(inner, depth + 1)


def _content(client: redis.Redis, key: bytes) -> Iterator[bytes]:
    kind = cast(bytes, client.type(key))
    if kind == b"string":
        yield cast(bytes | None, client.get(key)) or b""
    elif kind == b"hash":
        for pair in cast(dict[bytes, bytes], client.hgetall(key)).items():
            yield from pair
    elif kind == b"list":
        yield from cast(list[bytes], client.lrange(key, 0, -1))
    elif kind == b"set":
        yield from cast(set[bytes], client.smembers(key))
    elif kind == b"zset":
        yield from cast(list[bytes], client.zrange(key, 0, -1))
    elif kind == b"stream":
        for _, fields in cast(Any, client.xrange(key)):
            for pair in fields.items():
                yield from pair
    elif kind != b"none":
        raise TypeError(f"{key!r} is a {kind!r}, which the audit cannot read")


def _decompressed(data: bytes) -> Iterator[bytes]:
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            yield zlib.decompress(data, bits)
        except zlib.error:
            continue
    if data[:4] == b"\x28\xb5\x2f\xfd":
        import zstandard

        yield zstandard.ZstdDecompressor().decompressobj().decompress(data)
    if len(data) >= LEAST_BASE64:
        try:
            yield base64.b64decode(data, validate=True)
        except binascii.Error:
            pass


def _unpacked(data: bytes) -> Iterator[bytes]:
    for read in (json.loads, msgspec.msgpack.decode):
        try:
            yield from _leaves(read(data))
        except (ValueError, RecursionError, msgspec.MsgspecError):
            continue


def _leaves(value: object) -> Iterator[bytes]:
    if isinstance(value, dict):
        for pair in value.items():
            for one in pair:
                yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, bytes | bytearray):
        yield bytes(value)
    elif value is not None:
        yield str(value).encode("utf-8", "replace")
