"""How often a link's password may be tried; a try is counted before it is looked at."""

import hmac
from hashlib import sha256

import redis
from django.conf import settings
from django.http import HttpRequest

from analytics_saas.address import address_of
from analytics_saas.redis import cache
from projects.models import SharedLink

SECONDS = 15 * 60
# By one address, and by all together.
MOST_EACH = 10
MOST_ALL = 100


def may_try(link: SharedLink, request: HttpRequest) -> bool:
    """Count one try; False when it is one too many, or when it cannot be counted."""
    limits = {"all": MOST_ALL, _caller(request): MOST_EACH}
    try:
        pipe = cache().pipeline()
        for who in limits:
            key = f"share-tries:{link.public_id}:{who}"
            pipe.incr(key)
            pipe.expire(key, SECONDS, nx=True)
        counts = pipe.execute()[::2]
    except redis.RedisError:
        return False
    return all(count <= most for count, most in zip(counts, limits.values(), strict=True))


def _caller(request: HttpRequest) -> str:
    """Return what stands for an address; the cache does not learn the address itself."""
    address = str(address_of(request))
    return hmac.new(settings.SECRET_KEY.encode(), address.encode(), sha256).hexdigest()[:16]
