"""Keeps room for others: one asker has only so many questions under way in a web process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rest_framework.request import Request

from accounts.principal import principal_of
from analytics_saas.address import address_of
from analytics_saas.errors import ApiError
from projects.authentication import ShareAuthentication

# Half of the threads that a web process has: a question may take as long as ClickHouse lets it.
MOST = 4

_under_way: Counter[str] = Counter()
_lock = Lock()


def asker_of(request: Request) -> str:
    """Return who is counted: a person, a token's organization, an address without an account."""
    principal = principal_of(request)
    if isinstance(request.successful_authenticator, ShareAuthentication):
        return f"address {address_of(request)}"
    if principal.user is not None:
        return f"person {principal.user.pk}"
    return f"organization {principal.organization_id}"


@contextmanager
def taken(asker: str) -> Iterator[None]:
    """Hold one place. Raises ApiError 429 when an asker has all of theirs."""
    with _lock:
        if _under_way[asker] >= MOST:
            message = f"{MOST} of your requests are under way: wait for one of them."
            raise ApiError(429, "too_many_at_once", message, wait=1)
        _under_way[asker] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[asker] -= 1
            if not _under_way[asker]:
                del _under_way[asker]
