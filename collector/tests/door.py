"""Ways to knock at the collector's door in a test, and to see what came of it."""

import asyncio
import json

import msgspec

from analytics_saas import redis as stores
from analytics_saas.env import env
from collector import asgi, ranges, stream
from collector.door import rulebook
from projects import registry
from projects.registry import ProjectRules

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
PAGE = {"p": "p_aaaaaaaaaaaa", "u": "https://shop.example/a?utm_source=mail&secret=1"}


def publish():
    """Make the project of PAGE known, with an empty stream; return its rules."""
    rulebook.rules.forget()
    rules = ProjectRules(7, PAGE["p"], "Asia/Kolkata")
    registry.rebuild([rules])
    stores.queue().delete(stream.stream_key(stream.shard_of(7, env.queue_shards)))
    return rules


def post(
    beacon,
    path="/pageview",
    headers=None,
    peer="203.0.113.9",
    times=1,
    messages=None,
    method="POST",
    query=b"",
):
    """Send one beacon a number of times at once; return status, headers and body of the first.

    A header given as a list is sent in as many lines. `messages` is what the server would hand
    over instead of one whole body.
    """
    body = beacon if isinstance(beacon, bytes) else json.dumps(beacon).encode()
    arriving = messages or [{"type": "http.request", "body": body}]
    given = {"user-agent": CHROME, "content-type": "text/plain"} | (headers or {})
    lines = [
        (k, v) for k, many in given.items() for v in ([many] if isinstance(many, str) else many)
    ]
    sent = [(k.encode(), v.encode("latin-1")) for k, v in lines]

    async def once():
        answers, rest = [], iter(arriving)
        scope = {"type": "http", "method": method, "path": path, "headers": sent}
        scope["query_string"] = query

        async def receive():
            return next(rest)

        async def send(message):
            answers.append(message)

        await asgi.application(scope | {"client": (peer, 1)}, receive, send)
        return answers[0]["status"], dict(answers[0]["headers"]), answers[1]["body"]

    async def all_at_once():
        return await asyncio.gather(*(once() for _ in range(times)))

    return asyncio.run(all_at_once())[0]


def entries():
    """Everything in the project's stream."""
    shard = stream.shard_of(7, env.queue_shards)
    rows = ranges.read_range(stores.queue(), shard, "0", "+", 1000)
    return [decoded(raw) for _, raw in rows]


def decoded(raw):
    """An entry from its bytes."""
    return msgspec.msgpack.decode(raw, type=stream.Entry)


def chunks(*parts):
    """What a server hands over when a body arrives in parts; None is a lost connection."""
    return [
        {"type": "http.disconnect"}
        if part is None
        else {"type": "http.request", "body": part, "more_body": part != parts[-1]}
        for part in parts
    ]
