"""A collector into which one can look: the product's own app and salts, in a process of its own.

Its input are lines: `view PROJECT MILLISECONDS` sends a page view and answers with its status;
`look` answers how many live Python objects hold a salt that was there at the last page view.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Iterator
from hashlib import blake2b

import django

PREFIX_BYTES = 4
KEY_BYTES = 32

# The first bytes and the digest of each salt, so that the witness holds none itself.
Marks = dict[bytes, set[bytes]]


def main() -> None:
    """Answer until the input ends."""
    django.setup()
    from collector import salts

    salts.start()
    marks: Marks = {}
    for line in sys.stdin:
        verb, *words = line.split()
        if verb == "view":
            answer = asyncio.run(view(words[0], words[1]))
            marks = remember()
        else:
            answer = sum(holds(found, marks) for found in live_bytes())
        print(answer, flush=True)
    salts.stop()


async def view(project: str, at: str) -> int:
    """Send one page view through the collector's app; return its status."""
    from collector.asgi import application

    answers = []
    headers = {"user-agent": "Mozilla/5.0 Chrome/140.0.0.0", "x-daysalt-now": at}
    scope = {
        "type": "http", "method": "POST", "path": "/pageview", "client": ("81.20.30.40", 0),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    body = json.dumps({"p": project, "u": "https://audit.example/"}).encode()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    await application(scope, receive, send)  # type: ignore[arg-type] # dicts are mappings
    return int(str(answers[0]["status"]))


def remember() -> Marks:
    """Return the marks of every salt that this process holds."""
    from collector.salts import memory

    marks: Marks = {}
    for salt in memory.held().values():
        digest = blake2b(salt.key, digest_size=16).digest()
        marks.setdefault(bytes(salt.key[:PREFIX_BYTES]), set()).add(digest)
    return marks


def holds(found: bytes | bytearray, marks: Marks) -> bool:
    """Tell whether a salt lies anywhere in an object."""
    for prefix, digests in marks.items():
        place = found.find(prefix)
        while place >= 0:
            window = memoryview(found)[place : place + KEY_BYTES]
            if blake2b(window, digest_size=16).digest() in digests:
                return True
            place = found.find(prefix, place + 1)
    return False


def live_bytes() -> Iterator[bytes | bytearray]:
    """Yield every live object of bytes, also those that the collector of garbage does not track."""
    # What was there when the collector began to serve is kept from this list otherwise.
    gc.unfreeze()
    seen: set[int] = set()
    todo = gc.get_objects()
    while todo:
        following = []
        for one in todo:
            if id(one) in seen:
                continue
            seen.add(id(one))
            # Asking a lazy object for its class would wake it.
            if issubclass(type(one), bytes | bytearray):
                yield one
            else:
                following += gc.get_referents(one)
        todo = following


if __name__ == "__main__":
    main()
