"""Request and answer bodies: their lengths, chunks and compression, as ClickHouse names them."""

import gzip
import re
import zlib
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

import brotli
import lz4.frame
import zstandard

from analytics_saas.embedded.engine import EngineError

# Below this, compressing costs more than it saves on loopback.
LEAST_BYTES = 1_000
MOST_BYTES = 512_000_000
CANNOT_READ = 23  # CANNOT_READ_FROM_ISTREAM
TOO_LARGE = 307  # TOO_MANY_BYTES
BOUNDARY = re.compile(r'boundary="?([^\s";,]{1,200})')
FIELD_NAME = re.compile(rb'\bname="(query|param_\w+)"(?![^\r\n]*filename)', re.ASCII)


def receive(stream: BufferedIOBase, headers: Message) -> bytes:
    """Read a request's body. Raises EngineError when its length or chunks are not as said.

    What is left of such a body is unknown, so the connection must not be used again.
    """
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return b"".join(_chunks(stream))
    said = headers.get("Content-Length", "0").strip()
    if not re.fullmatch(r"\d{1,15}", said, re.ASCII):
        raise EngineError(f"Content-Length {said[:20]!r} is not a length.", CANNOT_READ)
    return _exactly(stream, _within(int(said)))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    total = 0
    while True:
        said = stream.readline(1_000).split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", said):
            raise EngineError("A chunk's size cannot be read.", CANNOT_READ)
        size = int(said, 16)
        if not size:
            break
        total = _within(total + size)
        yield _exactly(stream, size)
        if stream.readline(3).strip():
            raise EngineError("A chunk is longer than it says.", CANNOT_READ)
    # Trailers say nothing that matters here.
    while stream.readline(65_536).strip():
        pass


def _exactly(stream: BufferedIOBase, size: int) -> bytes:
    try:
        body = stream.read(size)
    except TimeoutError:
        raise EngineError(
            f"The body did not arrive: {size} bytes were said.", CANNOT_READ
        ) from None
    if len(body) < size:
        raise EngineError(f"The body ends after {len(body)} of {size} bytes.", CANNOT_READ)
    return body


def _within(size: int) -> int:
    if size > MOST_BYTES:
        raise EngineError(f"The body has {size} bytes; {MOST_BYTES} are allowed.", TOO_LARGE)
    return size


def form_fields(body: bytes, content_type: str) -> dict[str, str] | None:
    """Read a multipart form, as drivers send long parameters; None for any other body.

    Raises EngineError for a form that cannot be read, or that carries more than a query.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        return None
    found = BOUNDARY.search(content_type)
    if not found:
        raise EngineError("The form has no boundary.", CANNOT_READ)
    parts = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())
    if len(parts) < 2 or parts[-1].strip() != b"--":
        raise EngineError("The form does not end with its boundary.", CANNOT_READ)
    return dict(_field(part) for part in parts[1:-1])


def _field(part: bytes) -> tuple[str, str]:
    head, _, value = part.partition(b"\r\n\r\n")
    named = FIELD_NAME.search(head)
    if not named:
        raise EngineError("A form may carry `query` and parameters of it only.", CANNOT_READ)
    try:
        return named[1].decode(), value.decode()
    except UnicodeDecodeError:
        raise EngineError("A field of the form is not UTF-8.", CANNOT_READ) from None


def unpack(body: bytes, encoding: str) -> bytes:
    """Undo a request's Content-Encoding. Raises EngineError for an unknown or broken one."""
    try:
        match encoding:
            case "" | "identity":
                return body
            case "gzip":
                return gzip.decompress(body)
            case "deflate":
                return zlib.decompress(body)
            case "br":
                return bytes(brotli.decompress(body))
            case "lz4":
                return _unpack_lz4(body)
            case "zstd":
                return _unpack_zstd(body)
    except (OSError, EOFError, RuntimeError, zlib.error, brotli.error, zstandard.ZstdError) as e:
        raise EngineError(f"Cannot decompress the {encoding} body: {e}", 354) from e
    raise EngineError(f"Unknown Content-Encoding {encoding}", 48)


def _unpack_lz4(body: bytes) -> bytes:
    """Undo every frame: clients send one for each block of an insert."""
    plain = []
    while body:
        stream = lz4.frame.LZ4FrameDecompressor()
        plain.append(stream.decompress(body))
        if not stream.eof:
            raise EOFError("the end is missing")
        body = stream.unused_data or b""
    return b"".join(plain)


def _unpack_zstd(body: bytes) -> bytes:
    plain = []
    while body:
        stream = zstandard.ZstdDecompressor().decompressobj()
        plain.append(stream.decompress(body))
        if not stream.eof:
            raise EOFError("the end is missing")
        body = stream.unused_data
    return b"".join(plain)


def pack(body: bytes, accepted: str) -> tuple[bytes, str]:
    """Compress an answer by the first method the client accepts; '' means as it is."""
    if len(body) < LEAST_BYTES:
        return body, ""
    for name in (part.partition(";")[0].strip() for part in accepted.split(",")):
        match name:
            case "lz4":
                return bytes(lz4.frame.compress(body)), name
            case "zstd":
                return zstandard.ZstdCompressor(level=1).compress(body), name
            case "gzip":
                return gzip.compress(body, 1), name
    return body, ""
