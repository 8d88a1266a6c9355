"""What the collector may know of a project: rules are pushed on change and rebuilt from SQL."""

import time
from collections.abc import Collection, Iterable
from typing import Any, cast

import msgspec
import redis

from analytics_saas.redis import cache
from projects.registry import kept
from projects.registry.sql import brief_connection

RULES_KEY = "registry:rules"
COMPLETE_KEY = "registry:complete"
# A cache that hangs is not waited for again at once: others can tell of the same projects.
SLOW_SECONDS, HUNG_SECONDS = 0.5, 5.0
_hung_until = 0.0


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


class PartlyKnown(RegistryUnavailable):
    """Nobody can say who does not exist, but `known` are the rules of some of those asked for."""

    def __init__(self, why: object, known: dict[str, ProjectRules]) -> None:
        super().__init__(str(why))
        self.known = known


_decode = msgspec.msgpack.Decoder(ProjectRules).decode
_encode = msgspec.msgpack.Encoder().encode


def push(rules: ProjectRules) -> None:
    """Publish one project after its SQL row changed."""
    record = _encode(rules)
    kept.put({rules.public_id: record})
    cache().hset(RULES_KEY, rules.public_id, record)


def withdraw(public_id: str) -> None:
    """Forget a project that no longer exists."""
    kept.drop(public_id)
    cache().hdel(RULES_KEY, public_id)


def rebuild(all_rules: Iterable[ProjectRules]) -> None:
    """Replace the snapshot by a complete one."""
    records = _records(all_rules)
    kept.replace(records)
    pipe = cache().pipeline()
    pipe.delete(RULES_KEY)
    if records:
        pipe.hset(RULES_KEY, mapping=cast(Any, records))
    pipe.set(COMPLETE_KEY, 1)
    pipe.execute()


def complete(all_rules: Iterable[ProjectRules]) -> None:
    """Fill the snapshot up; what was pushed since SQL was read is newer and stays."""
    records = _records(all_rules)
    kept.fill(records)
    pipe = cache().pipeline()
    for name, record in records.items():
        pipe.hsetnx(RULES_KEY, name, record)
    pipe.set(COMPLETE_KEY, 1)
    pipe.execute()


def _records(all_rules: Iterable[ProjectRules]) -> dict[str, bytes]:
    return {rules.public_id: _encode(rules) for rules in all_rules}


def find(public_id: str) -> ProjectRules | None:
    """Return a project's rules, None when it does not exist for certain.

    Raises RegistryUnavailable when only an incomplete picture can be had.
    """
    return find_many([public_id]).get(public_id)


def find_many(public_ids: Collection[str]) -> dict[str, ProjectRules]:
    """Return the rules of those projects that exist, in one look-up; the others do not for certain.

    Raises RegistryUnavailable when only an incomplete picture can be had, PartlyKnown when that
    shows somebody.
    """
    try:
        return _find_for_certain(list(public_ids))
    except RegistryUnavailable as error:
        raise _kept_of(public_ids, error) from error


def _find_for_certain(names: list[str]) -> dict[str, ProjectRules]:
    global _hung_until
    begin = time.monotonic()
    if begin < _hung_until:
        raise RegistryUnavailable("the cache hung a moment ago")
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
        if (now := time.monotonic()) - begin > SLOW_SECONDS:
            _hung_until = now + HUNG_SECONDS
        raise RegistryUnavailable(str(error)) from error
    return found


def _kept_of(public_ids: Collection[str], error: RegistryUnavailable) -> RegistryUnavailable:
    """Return what to raise while neither cache nor SQL can tell."""
    try:
        found = kept.read(public_ids)
    except redis.RedisError:
        return error
    return PartlyKnown(error, {name: _decode(record) for name, record in found.items()})


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


def everyone_kept() -> list[ProjectRules]:
    """Return the rules in the durable copy, of which some may be missing or old.

    Raises RegistryUnavailable when the queue is away.
    """
    try:
        return [_decode(record) for record in kept.read_all().values()]
    except redis.RedisError as error:
        raise RegistryUnavailable(str(error)) from error


def everyone_known() -> list[ProjectRules]:
    """Return everyone(), or the durable copy while that cannot be had; raises as that one."""
    try:
        return everyone()
    except RegistryUnavailable:
        return everyone_kept()
