"""A random key of the day: shared by all processes through the cache, and never on a disk."""

from hashlib import blake2b
from secrets import token_bytes

from redis.asyncio import Redis as AsyncRedis

DAY_SECONDS = 24 * 3600
KEY_BYTES = 32
NAME_BYTES = 8
DIGEST_BYTES = 16


class DailyKey:
    """Until all agree, and while the cache is away, each process has one of its own."""

    def __init__(self) -> None:
        self.value = token_bytes(KEY_BYTES)
        self._made_on = self._agreed_on = -1

    @property
    def name(self) -> bytes:
        """What tells this key from others and gives nothing of it away."""
        return blake2b(self.value, digest_size=NAME_BYTES, person=b"name").digest()

    def digest(self, text: bytes) -> bytes:
        """Return a digest that means nothing once the key is gone, behind the key's name."""
        found = blake2b(text, key=self.value, digest_size=DIGEST_BYTES, person=b"digest")
        return self.name + found.digest()

    def contradicts(self, one: bytes, other: bytes) -> bool:
        """Tell whether two digests are of one key and of different texts for certain."""
        return one[:NAME_BYTES] == other[:NAME_BYTES] and one != other

    async def agree(self, client: AsyncRedis, now: float) -> bool:
        """Take over the key that all have this day; True if it is another. Raises RedisError."""
        day = int(now // DAY_SECONDS)
        if day == self._agreed_on:
            return False
        if day != self._made_on:
            # Yesterday's is over, also while the cache is away.
            self.value, self._made_on = token_bytes(KEY_BYTES), day
        pipe = client.pipeline(transaction=False)
        pipe.set(f"limits:key:{day}", self.value, nx=True, ex=DAY_SECONDS)
        pipe.get(f"limits:key:{day}")
        self.value = (await pipe.execute())[1]
        self._agreed_on = day
        return True
