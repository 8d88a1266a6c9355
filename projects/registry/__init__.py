"""What the collector may know of a project, and what is to be erased of it.

Rules are pushed on change, cached, and rebuilt from SQL. Erasures wait in the durable queue.
"""

from collections.abc import Collection, Iterable
from typing import cast

import msgspec
import redis

from analytics_saas.redis import cache, queue
from projects.registry.sql import brief_connection

RULES_KEY = "registry:rules"
COMPLETE_KEY = "registry:complete"


class ProjectRules(msgspec.Struct, frozen=True, array_like=True):
    """One project as the collector sees it. `zone` is an IANA name, `hostnames` empty = any.

    New fields go to the end and have a default, so that older snapshots can still be read.
    """

    id: int
    public_id: str
    zone: str
    hostnames: tuple[str, ...] = ()
    respect_privacy_signals: bool = True
    blocked_networks: tuple[str, ...] = ()
    blocked_countries: tuple[str, ...] = ()
    blocked_pages: tuple[str, ...] = ()
    page_masks: tuple[str, ...] = ()
    strips_trailing_slash: bool = False
    lowers_paths: bool = False
    organization_id: int = 0
    # Whole local days before today that are kept; 0 = all.
    retention_days: int = 0
    # Far beyond the plan after its months of grace: nothing more is counted this month.
    over_quota: bool = False
    # Names of the query's parameters that belong to a page's name, in small letters.
    page_parameters: tuple[str, ...] = ()


class RegistryUnavailable(Exception):
    """Neither the cache Redis nor SQL could answer; the caller must not say 'unknown'."""


_decode = msgspec.msgpack.Decoder(ProjectRules).decode
_encode = msgspec.msgpack.Encoder().encode


def push(rules: ProjectRules) -> None:
    """Publish one project after its SQL row changed."""
    cache().hset(RULES_KEY, rules.public_id, _encode(rules))


def withdraw(public_id: str) -> None:
    """Forget a project that no longer exists."""
    cache().hdel(RULES_KEY, public_id)


def rebuild(all_rules: Iterable[ProjectRules]) -> None:
    """Replace the snapshot by a complete one."""
    pipe = cache().pipeline()
    pipe.delete(RULES_KEY)
    for rules in all_rules:
        pipe.hset(RULES_KEY, rules.public_id, _encode(rules))
    pipe.set(COMPLETE_KEY, 1)
    pipe.execute()


def complete(all_rules: Iterable[ProjectRules]) -> None:
    """Fill the snapshot up; what was pushed since SQL was read is newer and stays."""
    pipe = cache().pipeline()
    for rules in all_rules:
        pipe.hsetnx(RULES_KEY, rules.public_id, _encode(rules))
    pipe.set(COMPLETE_KEY, 1)
    pipe.execute()


def find(public_id: str) -> ProjectRules | None:
    """Return a project's rules, None when it does not exist for certain.

    Raises RegistryUnavailable when only an incomplete picture can be had.
    """
    return find_many([public_id]).get(public_id)


def find_many(public_ids: Collection[str]) -> dict[str, ProjectRules]:
    """Return the rules of those projects that exist, in one look-up; the others do not for certain.

    Raises RegistryUnavailable when only an incomplete picture can be had.
    """
    names = list(public_ids)
    try:
        pipe = cache().pipeline()
        pipe.hmget(RULES_KEY, names)
        pipe.get(COMPLETE_KEY)
        raw, complete = pipe.execute()
        found = {name: _decode(one) for name, one in zip(names, raw, strict=True) if one}
        if not complete and len(found) < len(names):
            everything = _rebuild_from_sql()
            found |= {name: everything[name] for name in names if name in everything}
    except redis.RedisError as error:
        raise RegistryUnavailable(str(error)) from error
    return found


def _rebuild_from_sql() -> dict[str, ProjectRules]:
    from django.db import DatabaseError

    from projects.models import Project

    try:
        with brief_connection():
            found = Project.objects.select_related("organization")
            known = {rules.public_id: rules for rules in map(Project.rules, found)}
    except DatabaseError as error:
        raise RegistryUnavailable(str(error)) from error
    complete(known.values())
    return known


def zones() -> set[str]:
    """Return the time zones of all projects; raises as everyone()."""
    return {rules.zone for rules in everyone()}


def everyone() -> list[ProjectRules]:
    """Return the rules of all projects.

    Raises RegistryUnavailable when only an incomplete picture can be had.
    """
    try:
        pipe = cache().pipeline()
        pipe.hvals(RULES_KEY)
        pipe.get(COMPLETE_KEY)
        raw, complete = pipe.execute()
        known = map(_decode, raw) if complete else _rebuild_from_sql().values()
    except redis.RedisError as error:
        raise RegistryUnavailable(str(error)) from error
    return list(known)


# -- Erasures ------------------------------------------------------------------------------------
ERASURES_KEY = "registry:erasures"
ERASED_KEY = "registry:erased"
COUNT_SECONDS = 30 * 24 * 3600

# KEYS: erasures, erased. ARGV: key, request.
ASK = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
"""


class Erasure(msgspec.Struct, frozen=True, array_like=True):
    """One request to erase a project's rows; `verb` is reset or delete, `at` milliseconds."""

    key: str
    number: int
    project_id: int
    verb: str
    at: int


_decode_erasure = msgspec.msgpack.Decoder(Erasure).decode


def ask_to_erase(erasure: Erasure) -> None:
    """Leave a request for the collector; once it is carried out, asking again does nothing."""
    keys = (ERASURES_KEY, ERASED_KEY)
    queue().eval(ASK, 2, *keys, erasure.key, cast(str, _encode(erasure)))


def asked_erasures() -> list[Erasure]:
    """Return the requests that are not carried out yet, in the order in which they were made."""
    raw = cast(list[bytes], queue().hvals(ERASURES_KEY))
    return sorted(map(_decode_erasure, raw), key=lambda one: one.number)


def counted(erasure: Erasure) -> int | None:
    """Return how many rows were counted before they were erased, None before that."""
    raw = cast(bytes | None, queue().get(f"{ERASED_KEY}:{erasure.key}"))
    return None if raw is None else int(raw)


def remember_count(erasure: Erasure, rows: int) -> None:
    """Keep the first count, so that a repeat does not say that nothing was there."""
    queue().set(f"{ERASED_KEY}:{erasure.key}", rows, nx=True, ex=COUNT_SECONDS)


def tell_erased(erasure: Erasure, rows: int) -> None:
    """Take a request back that is carried out, and leave word of it."""
    pipe = queue().pipeline()
    pipe.hset(ERASED_KEY, erasure.key, str(rows))
    pipe.hdel(ERASURES_KEY, erasure.key)
    pipe.execute()


def erased() -> dict[str, int]:
    """Return the keys of requests that were carried out, with the number of erased events."""
    raw = cast(dict[bytes, bytes], queue().hgetall(ERASED_KEY))
    return {key.decode(): int(rows) for key, rows in raw.items()}


def forget_erased(key: str) -> None:
    """Drop the word of a request once it stands in SQL."""
    queue().hdel(ERASED_KEY, key)
