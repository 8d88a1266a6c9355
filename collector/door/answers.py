"""What the collector answers: a status, headers beyond CORS, a body."""

import msgspec

from collector.problem import Problem

Header = tuple[bytes, bytes]
Answer = tuple[int, list[Header], bytes]

JSON: Header = (b"content-type", b"application/json")
TEXT: Header = (b"content-type", b"text/plain")
NO_STORE: Header = (b"cache-control", b"no-store")
# Any page may send and read, with nobody's cookies.
ORIGIN: Header = (b"access-control-allow-origin", b"*")
PREFLIGHT: list[Header] = [
    (b"access-control-allow-methods", b"POST, GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
]
RETRY_SECONDS = 5


def refusal(problem: Problem) -> Answer:
    """Return the answer that tells a sender what to change."""
    error = {"code": problem.code, "message": problem.message, "field": problem.field}
    headers = [JSON]
    if problem.retry_after:
        headers.append((b"retry-after", str(problem.retry_after).encode()))
    if problem.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return problem.status, headers, msgspec.json.encode({"error": error})


def unavailable(code: str) -> Problem:
    """Return the refusal of a request that nothing can take now."""
    message = "Nothing durable can take this now; send it again later."
    return Problem(503, code, None, message, RETRY_SECONDS)


def nothing_here() -> Problem:
    """Return the refusal of an address that does not exist, or not for who asks."""
    message = "There is nothing here; beacons go to /pageview and /event."
    return Problem(404, "not_found", None, message)
