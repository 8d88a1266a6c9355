"""`make fuzz`: tens of thousands of malformed requests must leave the collector as it was.

Needs a DATA_DIR of its own. Prints one JSON line; ends with 1 when a bar is missed.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from contextlib import ExitStack

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models need a configured Django

from accounts.models import User  # noqa: E402
from accounts.principal import Principal  # noqa: E402
from accounts.services import create_person_organization  # noqa: E402
from accounts.tokens.services import create_token  # noqa: E402
from analytics_saas.bench.memory import children, memory_mb  # noqa: E402
from analytics_saas.embedded.alone import running_collector, running_stores  # noqa: E402
from analytics_saas.fuzz.requests import request, requests, right_body, right_lines  # noqa: E402
from analytics_saas.fuzz.wire import Seen, exchange, send_all  # noqa: E402
from projects.services import create_project  # noqa: E402

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "30000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
# Caches have filled up by half time; what grows after that would grow for ever.
MOST_GROWTH_MB = 10


def main() -> None:
    """Start a collector, send everything, look what is left."""
    with ExitStack() as stack:
        stack.enter_context(running_stores())
        project, token = make_project()
        port, process = stack.enter_context(running_collector())
        line, seen = asyncio.run(run(port, process.pid, project, token))
    for sent, answer in seen.examples:
        print(f"daysalt: {sent!r} was answered {answer!r}", file=sys.stderr)
    print(json.dumps(line))
    bars = ("5xx", "restarts", "unclear")
    failed = any(line[bar] for bar in bars) or not line["alive"]
    sys.exit(1 if failed or float(str(line["grown_mb"])) > MOST_GROWTH_MB else 0)


async def run(port: int, master: int, project: str, token: str) -> tuple[dict[str, object], Seen]:
    """Send in two halves; return the figures and what was seen."""
    await are_right_ones_taken(port, project, token)
    begin, workers = time.monotonic(), children(master)
    before, seen, waiting = memory_mb(master), Seen(), requests(project, token, SEED)
    await send_all(port, itertools.islice(waiting, REQUESTS // 2), seen)
    half = memory_mb(master)
    await send_all(port, itertools.islice(waiting, REQUESTS - REQUESTS // 2), seen)
    after = memory_mb(master)
    return {
        "test": "fuzz",
        "sent": seen.sent,
        "5xx": seen.server_errors,
        "restarts": len(children(master) ^ workers) // 2,
        "unclear": seen.unclear,
        "unanswered": seen.mute,
        "alive": await are_right_ones_taken(port, project, token),
        "statuses": {str(status): count for status, count in sorted(seen.statuses.items())},
        "memory_mb": [before, half, after],
        "grown_mb": round(after - half, 1),
        "seconds": round(time.monotonic() - begin, 1),
    }, seen


async def are_right_ones_taken(port: int, project: str, token: str) -> bool:
    """Tell whether every endpoint still takes what is right."""
    answers = []
    for path in (b"/pageview", b"/event", b"/api/event", b"/api/v1/events"):
        body = json.dumps(right_body(path, project)).encode()
        whole = request(b"POST", path, right_lines(path, token, body), body)
        answers.append(await exchange(port, whole, patience=10))
    return all(answer.startswith(b"HTTP/1.1 202") for answer in answers)


def make_project() -> tuple[str, str]:
    """Make what real senders need; return the project's public id and a token."""
    call_command("migrate", verbosity=0)
    person = User.objects.create_user("owner@example.com")
    organization = create_person_organization(person=person)
    project = create_project(
        organization=organization, name="Shop", domain="shop.example", time_zone="Europe/Berlin"
    )
    _, token = create_token(
        organization=organization,
        principal=Principal(user=person),
        name="Fuzz",
        scopes=["events:write"],
    )
    return project.public_id, token


if __name__ == "__main__":
    main()
