"""What the collector may know of a project: rules are pushed on change and rebuilt from SQL."""

from collections.abc import Collection, Iterable

import msgspec
import redis

from analytics_saas.redis import cache
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
