"""What the hot path may know of a project: pushed on change, cached, rebuilt from SQL."""

from collections.abc import Iterable

import msgspec
import redis

from analytics_saas.redis import cache

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
    try:
        pipe = cache().pipeline()
        pipe.hget(RULES_KEY, public_id)
        pipe.get(COMPLETE_KEY)
        raw, complete = pipe.execute()
        if raw is not None:
            return _decode(raw)
        if not complete:
            return _rebuild_from_sql().get(public_id)
    except redis.RedisError as error:
        raise RegistryUnavailable(str(error)) from error
    return None


def _rebuild_from_sql() -> dict[str, ProjectRules]:
    from django.db import DatabaseError

    from projects.models import Project

    try:
        known = {rules.public_id: rules for rules in map(Project.rules, Project.objects.all())}
    except DatabaseError as error:
        raise RegistryUnavailable(str(error)) from error
    complete(known.values())
    return known


def zones() -> set[str]:
    """Return the time zones of all projects.

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
    return {rules.zone for rules in known}
