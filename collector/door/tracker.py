"""GET /js/d.js: the script, from the file that the front end's build left."""

from hashlib import sha256

from analytics_saas.env import BASE_DIR
from collector.door.answers import Answer
from collector.door.requests import Request
from collector.problem import Problem

TRACKER = BASE_DIR / "frontend" / "dist" / "tracker" / "d.js"

# The file's time of change, its ETag, its bytes.
_held: list[tuple[int, bytes, bytes]] = []


async def tracker(request: Request) -> Answer:
    """Answer the script, or that the browser has it already."""
    etag, body = _read()
    headers = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", b"public, max-age=3600"),
        (b"etag", etag),
    ]
    unchanged = request.headers.get(b"if-none-match") == etag
    return (304, headers, b"") if unchanged else (200, headers, body)


def _read() -> tuple[bytes, bytes]:
    try:
        changed = TRACKER.stat().st_mtime_ns
    except FileNotFoundError:
        message = "The tracker is not built: run `make front`."
        raise Problem(404, "not_built", None, message) from None
    if not _held or _held[0][0] != changed:
        body = TRACKER.read_bytes()
        _held[:] = [(changed, f'"{sha256(body).hexdigest()[:20]}"'.encode(), body)]
    return _held[0][1:]
