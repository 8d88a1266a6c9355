"""No address and no user agent is found anywhere, whatever a visitor sent and whatever crashed.

Two canaries: one visits the sites of the running product, the other is planted by the audit into
every store, where the same search has to find it.
"""

import json
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from urllib.parse import quote

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.audit import places, processes
from analytics_saas.audit.canaries import Canary, make_canary
from analytics_saas.audit.files import count_in_files, files_below
from analytics_saas.audit.product import running_product, tell, wait_until
from analytics_saas.audit.sites import Door, Visitor, make_projects, make_token
from analytics_saas.embedded.alone import Process
from analytics_saas.embedded.parts import answers
from analytics_saas.env import env

ACCEPTED = 202
ROUNDS = 40
OUTAGE_ROUNDS = 3
# Who sends a server's events.
SERVER = "81.20.30.50"


def main() -> None:
    """Print one JSON line; end with 1 when something was found or a plant was not."""
    visiting, planted = make_canary(), make_canary()
    with running_product() as product:
        (project,) = make_projects(["Europe/Berlin"])
        sent = visit(visiting, project)
        if set(sent) != {ACCEPTED}:
            sys.exit(f"daysalt: what has to be taken was answered {dict(sent)}")
        sent += crash(visiting, project, product)
        spooled, size, found = outage(visiting, project, product)
        wait_until(lambda: stored() >= sent[ACCEPTED] + spooled[ACCEPTED], "the last page view")
        tell(f"answers {dict(sent)}, while the queue stood still {dict(spooled)}")
        tell(f"{stored()} page views are stored")
        stores.queue().config_set("rdbcompression", "no")
        everywhere = places.places()
        for place in everywhere:
            place.plant(planted)
        stores.queue().save()
        seen = {place.name: place.count(planted.needles()) for place in everywhere}
        left = {place.name: place.count(visiting.needles()) for place in everywhere}
    tell(f"planted and found: {seen}")
    tell(f"found of the visitors: {left}")
    occurrences = sum(left.values()) + found
    plants = sum(count > 0 for count in seen.values())
    line = {"test": "canary", "stores": len(seen), "planted_found": plants}
    print(json.dumps(line | {"occurrences": occurrences}))
    # Nothing is proved about a spool that was never filled.
    sys.exit(1 if occurrences or plants < len(seen) or not size else 0)


def visit(canary: Canary, project: str) -> Counter[int]:
    """Send page views, then come in by every other door; return the answers of all that count."""
    door, answered, token = Door(), Counter[int](), make_token()
    for visitor in canary.visitors():
        for number in range(ROUNDS):
            answered[door.view(project, visitor, str(number))] += 1
        answered += other_doors(door, visitor, project, token)
        be_refused(door, visitor, project)
    return answered


def other_doors(door: Door, visitor: Visitor, project: str, token: str) -> Counter[int]:
    """Send an image's request, Plausible's event, and a server's event that names the visitor."""
    address, agent = visitor
    page = "https://audit.example/a"
    pixel = f"/p.gif?p={project}&u={quote(page, safe='')}"
    plausible = {"n": "pageview", "u": page, "d": project}
    event = {"name": "pageview", "url": page, "ip": address, "user_agent": agent}
    server = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    server |= {"Idempotency-Key": secrets.token_hex(8)}
    batch = json.dumps({"project_id": project, "events": [event]}).encode()
    statuses = [
        door.send(visitor, b"", {}, pixel, "GET"),
        door.send(visitor, json.dumps(plausible).encode(), {}, "/api/event"),
        door.send((SERVER, "a server"), batch, server, "/api/v1/events"),
    ]
    # An image is answered with 200.
    return Counter(ACCEPTED if status == 200 else status for status in statuses)


def be_refused(door: Door, visitor: Visitor, project: str) -> None:
    """Send what is dropped and what is refused, each for its own reason."""
    good = {"p": project, "u": "https://audit.example/a"}
    view = json.dumps(good).encode()
    requests: list[tuple[bytes, dict[str, str], str]] = [
        (view, {"Sec-GPC": "1"}, "/pageview"),
        (view, {"User-Agent": f"Googlebot/2.1 {visitor[1]}"}, "/pageview"),
        (b"{", {}, "/pageview"),
        (b"\xff\0", {}, "/event"),
        (json.dumps(good | {"p": "p_zzzzzzzzzzzz"}).encode(), {}, "/pageview"),
        (json.dumps(good | {"m": {"a": "x" * 3000}}).encode(), {}, "/pageview"),
        (b"x" * 70_000, {}, "/pageview"),
        (view, {"Content-Type": "text/html"}, "/pageview"),
        (view, {"X-Forwarded-For": f"{visitor[0]}, nobody"}, "/pageview"),
        (view, {"Authorization": "Bearer ds_wrong"}, "/api/v1/events"),
        (view, {}, "/nowhere"),
    ]
    for body, headers, path in requests:
        door.send(visitor, body, headers, path)


def crash(canary: Canary, project: str, product: Process) -> Counter[int]:
    """Kill collector and drain while page views arrive; both are started again."""
    door, answered, over = Door(), Counter[int](), threading.Event()

    def send() -> None:
        while not over.is_set():
            for visitor in canary.visitors():
                answered[door.view(project, visitor, "crash")] += 1
            time.sleep(0.005)

    sending = threading.Thread(target=send)
    sending.start()
    for word in ("manage.py drain", "analytics_saas.asgi"):
        processes.send(processes.named(product.pid, word), signal.SIGKILL)
    wait_until(lambda: not answers(f"{env.collector_origin}/healthz"), "the end of the collector")
    wait_until(lambda: answers(f"{env.collector_origin}/healthz"), "the collector again")
    over.set()
    sending.join()
    return answered


def outage(canary: Canary, project: str, product: Process) -> tuple[Counter[int], int, int]:
    """Let the queue stand still while page views arrive; it replays them when it goes on.

    Returns the answers, the bytes that were spooled, and how often the canary is among them: the
    spool is searched while it is full.
    """
    door, answered = Door(), Counter[int]()
    queue = processes.named(product.pid, "queue.sock")
    processes.send(queue, signal.SIGSTOP)
    try:
        for _ in range(OUTAGE_ROUNDS):
            for visitor in canary.visitors():
                answered[door.view(project, visitor, "outage")] += 1
        spool = list(files_below(places.SPOOL))
        size = sum(path.stat().st_size for path in spool)
        tell(f"{len(spool)} files of the spool hold {size} bytes")
        found = count_in_files(spool, canary.needles())
    finally:
        processes.send(queue, signal.SIGCONT)
    return answered, size, found


def stored() -> int:
    """Return how many page views are in ClickHouse."""
    rows = clickhouse.writer().query("SELECT count() FROM events").result_rows
    return int(rows[0][0])


if __name__ == "__main__":
    main()
