"""Compression of request and answer bodies, as ClickHouse's HTTP interface names it."""

import gzip
import zlib

import brotli
import lz4.frame
import zstandard

from analytics_saas.embedded.engine import EngineError

# Below this, compressing costs more than it saves on loopback.
LEAST_BYTES = 1_000


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
                return bytes(lz4.frame.decompress(body))
            case "zstd":
                return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    except (OSError, EOFError, RuntimeError, zlib.error, brotli.error, zstandard.ZstdError) as e:
        raise EngineError(f"Cannot decompress the {encoding} body: {e}", 354) from e
    raise EngineError(f"Unknown Content-Encoding {encoding}", 48)


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
