"""One salt: 32 random bytes in a buffer that can be wiped, and what may be known of it."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

KEY_BYTES = 32
HEADER_BYTES = 16
NOTHING = bytes(KEY_BYTES)


@dataclass(slots=True)
class Salt:
    """`header` is no secret: milliseconds of its making, then a random name, both of 8 bytes.

    Headers are ordered: the smaller one is the older salt's.
    """

    header: bytes
    until: datetime
    key: bytearray = field(repr=False)

    def wipe(self) -> None:
        """Overwrite the key where it lies."""
        self.key[:] = NOTHING


def new_salt(made_ms: int, until: datetime) -> Salt:
    """Make a salt; its bytes are read straight into the buffer, so that no copy is left."""
    key = bytearray(KEY_BYTES)
    with open("/dev/urandom", "rb", buffering=0) as source:
        source.readinto(key)
    return Salt(made_ms.to_bytes(8, "big") + secrets.token_bytes(8), until, key)
