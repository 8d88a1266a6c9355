"""What the collector may know of API tokens: who may send events, for which projects, until when.

Of a token there is its hash alone. Keys are pushed on every change and read anew from SQL every
five minutes, so that a push that was lost does not last.
"""

import time
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any, cast

import msgspec
import redis

from analytics_saas.redis import cache
from projects.registry import ProjectRules, RegistryUnavailable
from projects.registry.sql import brief_connection

KEYS_KEY = "registry:keys"
COMPLETE_KEY = "registry:keys:complete"
VERSION_KEY = "registry:keys:version"
COMPLETE_SECONDS = 300


class Key(msgspec.Struct, frozen=True, array_like=True):
    """One living token. `project_ids` None = all of the organization; `expires_at` 0 = never."""

    organization_id: int
    may_send: bool
    project_ids: tuple[int, ...] | None = None
    expires_at: int = 0

    def is_over(self) -> bool:
        """Tell whether its last second has passed."""
        return 0 < self.expires_at <= time.time()

    def reaches(self, rules: ProjectRules) -> bool:
        """Tell whether a project is among those it acts for."""
        if rules.organization_id != self.organization_id:
            return False
        return self.project_ids is None or rules.id in self.project_ids


_decode = msgspec.msgpack.Decoder(Key).decode
_encode = msgspec.msgpack.Encoder().encode
_used_on: dict[str, date] = {}


def name_of(token: str) -> str | None:
    """Return what a token is called here, None for a text that cannot be one."""
    from accounts.tokens import secret

    return secret.digest(token) if secret.is_well_formed(token) else None


def find_many(names: Collection[str]) -> dict[str, Key]:
    """Return those tokens that live; the others do not for certain. Expiry is for the caller.

    Raises RegistryUnavailable when neither the cache nor SQL can tell.
    """
    with brief_connection():
        try:
            found = _look_up(list(names))
        except redis.RedisError:
            # Tokens are few: SQL is asked directly, and nobody is believed for longer than usual.
            found = _read(names)
        for name, key in found.items():
            if key.may_send:
                _mark_used(name)
    return found


def publish(names: Collection[str]) -> None:
    """Push some tokens after their rows in SQL changed; those that live no more are withdrawn."""

    def change(pipe: Any) -> None:
        living = _read(names)
        pipe.multi()
        for name in names:
            if name in living:
                pipe.hset(KEYS_KEY, name, _encode(living[name]))
            else:
                pipe.hdel(KEYS_KEY, name)

    _change(change)


def rebuild() -> None:
    """Replace the snapshot by what SQL says."""

    def change(pipe: Any) -> None:
        living = _read(None)
        pipe.multi()
        pipe.delete(KEYS_KEY)
        for name, key in living.items():
            pipe.hset(KEYS_KEY, name, _encode(key))
        pipe.set(COMPLETE_KEY, 1, ex=COMPLETE_SECONDS)

    _change(change)


def _change(change: Callable[[Any], None]) -> None:
    """Write what was read from SQL, unless another write came between; then read again."""

    def counted(pipe: Any) -> None:
        change(pipe)
        pipe.incr(VERSION_KEY)

    cast(Any, cache()).transaction(counted, VERSION_KEY)


def _look_up(names: list[str]) -> dict[str, Key]:
    raw, complete = _snapshot(names)
    if not complete:
        try:
            rebuild()
            raw, complete = _snapshot(names)
        except RegistryUnavailable:
            # While SQL is away, what is known is still good.
            if not all(raw):
                raise
    return {name: _decode(one) for name, one in zip(names, raw, strict=True) if one}


def _snapshot(names: list[str]) -> tuple[list[bytes | None], bytes | None]:
    pipe = cache().pipeline()
    pipe.hmget(KEYS_KEY, names)
    pipe.get(COMPLETE_KEY)
    raw, complete = pipe.execute()
    return raw, complete


def _read(names: Iterable[str] | None) -> dict[str, Key]:
    """Return living tokens from SQL, None = all. Raises RegistryUnavailable."""
    from django.db import DatabaseError

    from accounts.models import ApiToken

    found = ApiToken.objects.filter(revoked_at=None).prefetch_related("projects")
    if names is not None:
        found = found.filter(secret_hash__in=list(names))
    try:
        return {token.secret_hash: _key_of(token) for token in found}
    except DatabaseError as error:
        raise RegistryUnavailable(str(error)) from error


def _key_of(token: Any) -> Key:
    bound = tuple(one.pk for one in token.projects.all()) if token.is_bound else None
    return Key(
        organization_id=token.organization_id,
        may_send="events:write" in token.scopes,
        project_ids=bound,
        expires_at=int(token.expires_at.timestamp()) if token.expires_at else 0,
    )


def _mark_used(name: str) -> None:
    """Remember the day of use in SQL, once a day and process; never a reason to refuse."""
    from django.db import DatabaseError
    from django.utils import timezone

    from accounts.models import ApiToken
    from accounts.tokens.use import mark_used

    today = timezone.now().date()
    if _used_on.get(name) == today:
        return
    try:
        if token := ApiToken.objects.filter(secret_hash=name).first():
            mark_used(token=token)
    except DatabaseError:
        return
    _used_on[name] = today
