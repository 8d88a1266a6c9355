"""POST /api/v1/events: many events of one project, sent by a server for its visitors."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from collector.appender import Outcome
from collector.batch import MOST_BATCH_BYTES, Envelope, Sent, read_envelope, read_event
from collector.delivery import NotDurable
from collector.door.admission import admit_address, admit_events, limits
from collector.door.answers import JSON, Answer, unavailable
from collector.door.appending import appender
from collector.door.credentials import find_key
from collector.door.hits import ACCEPTED, decide, make_hit, minute_of
from collector.door.requests import (
    MOST_USER_AGENT,
    Request,
    Visitor,
    address_of,
    announced_bytes,
    asked_time,
    read_body,
    require_plain_body,
)
from collector.door.rulebook import find_rules, unknown_project
from collector.problem import Problem
from collector.stream import Once
from projects.registry import ProjectRules
from projects.registry.keys import Key

# After so many events, others have a turn.
TURN = 25
MOST_KEY = 200
# What an organization may have under way at once, or slow bodies would fill the memory.
MOST_UNDER_WAY = 16_000_000
_under_way: Counter[int] = Counter()


@dataclass(slots=True)
class Verdict:
    """What became of the events of a request; `told` names those that were not accepted."""

    accepted: int = 0
    dropped: int = 0
    rejected: int = 0
    told: list[dict[str, object]] = field(default_factory=list)

    def add(self, index: int, reason: str) -> None:
        """Take in an event that is counted, whether it is stored or not."""
        if reason == ACCEPTED:
            self.accepted += 1
            return
        self.dropped += 1
        self.told.append({"index": index, "status": "dropped", "reason": reason})

    def reject(self, index: int, problem: Problem) -> None:
        """Take in an event that cannot be read."""
        self.rejected += 1
        error = {"code": problem.code, "message": problem.message, "field": problem.field}
        self.told.append({"index": index, "status": "rejected", "error": error})

    def text(self) -> bytes:
        """Return it as JSON."""
        counts = {"accepted": self.accepted, "dropped": self.dropped, "rejected": self.rejected}
        return msgspec.json.encode(counts | {"results": self.told})


async def server_events(request: Request) -> Answer:
    """Take a batch in: all that can be read of it, or nothing."""
    at = asked_time(request)
    admit_address(address_of(request)[0], at)
    key = await find_key(request)
    name = _idempotency_key(request)
    require_plain_body(request)
    with _room(key.organization_id, announced_bytes(request)):
        return await _take(request, key, name, at)


async def _take(request: Request, key: Key, name: str, at: int) -> Answer:
    body = await read_body(request, MOST_BATCH_BYTES)
    envelope = read_envelope(body)
    rules = await find_rules(envelope.project_id, "project_id")
    if not key.reaches(rules):
        raise unknown_project("project_id")
    admit_events(rules, at, len(envelope.events))
    verdict, outcomes = await _read_all(envelope, rules, at)
    if not outcomes:
        return 400, [JSON], _all_rejected(verdict)
    once = Once(name, limits.key.digest(body), verdict.text()) if name else None
    return 202, [JSON], await _store(rules, outcomes, at, once) or verdict.text()


@contextmanager
def _room(organization_id: int, size: int | None) -> Iterator[None]:
    """Keep room for a body as long as it is under way. Raises Problem with status 429."""
    size = MOST_BATCH_BYTES if size is None else min(size, MOST_BATCH_BYTES)
    if _under_way[organization_id] + size > MOST_UNDER_WAY:
        text = f"Batches of {MOST_UNDER_WAY} bytes are under way; wait for an answer before more."
        raise Problem(429, "too_much_at_once", None, text, 1)
    _under_way[organization_id] += size
    try:
        yield
    finally:
        _under_way[organization_id] -= size
        if not _under_way[organization_id]:
            del _under_way[organization_id]


async def _read_all(
    envelope: Envelope, rules: ProjectRules, at: int
) -> tuple[Verdict, list[Outcome]]:
    verdict, outcomes = Verdict(), []
    for index, raw in enumerate(envelope.events):
        if index % TURN == TURN - 1:
            await asyncio.sleep(0)
        try:
            sent = read_event(raw)
            hit = await make_hit(sent.foreign.check(), rules, _visitor(sent), at)
        except Problem as problem:
            if problem.status != 400:
                raise
            verdict.reject(index, problem)
            continue
        reason, event = decide(hit)
        verdict.add(index, reason)
        outcomes.append((minute_of(hit), reason, event))
    return verdict, outcomes


def _visitor(sent: Sent) -> Visitor:
    headers = {b"accept-language": sent.language.encode()} if sent.language else {}
    return Visitor(sent.address, sent.user_agent[:MOST_USER_AGENT], headers)


def _all_rejected(verdict: Verdict) -> bytes:
    error = {
        "code": "all_rejected",
        "message": "No event could be read: `results` says what to change in each.",
        "field": "events",
    }
    return msgspec.json.encode({"error": error, "results": verdict.told})


async def _store(
    rules: ProjectRules, outcomes: list[Outcome], at: int, once: Once | None
) -> bytes | None:
    """Return once all is on disk, with what an earlier request of this key was told, if any."""
    try:
        kept = await appender().append_many(rules.id, outcomes, at, once)
    except NotDurable:
        raise unavailable("queue_unavailable") from None
    if once is None or kept is None:
        return None
    if limits.key.contradicts(kept.digest, once.digest):
        message = "This key came with another body in the last 24 hours: use a new key for it."
        raise Problem(422, "idempotency_key_reused", "idempotency-key", message)
    return kept.answer


def _idempotency_key(request: Request) -> str:
    """Return the key of a request that may be sent again, '' for none."""
    text = request.headers.get(b"idempotency-key")
    if text is None:
        return ""
    if not 1 <= len(text) <= MOST_KEY or not all(0x20 < byte < 0x7F for byte in text):
        message = f"The key must have 1 to {MOST_KEY} visible ASCII characters, such as a UUID."
        raise Problem(400, "invalid_field", "idempotency-key", message)
    return text.decode()
