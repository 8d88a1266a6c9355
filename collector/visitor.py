"""The only hashing of a visitor: one day, one project, one address, one browser."""

from hashlib import blake2b
from ipaddress import IPv6Address

from analytics_saas.client_ip import Address

WIPED = bytes(32)


def visitor_id(salt: bytes | bytearray, project_id: int, address: Address, user_agent: str) -> int:
    """Return the first 64 bits of a BLAKE2b keyed with the day's 32-byte salt.

    Parts are length-prefixed so that no two visitors share one text. An IPv6 visitor is its
    /64 network, since devices change the lower half.
    """
    # Everybody could compute what is hashed with a salt that was overwritten.
    if salt == WIPED:
        raise ValueError("the salt is wiped")
    packed = address.packed[:8] if isinstance(address, IPv6Address) else address.packed
    parts = (project_id.to_bytes(4, "big"), packed, user_agent.encode("utf-8", "replace"))
    text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return int.from_bytes(blake2b(text, key=salt, digest_size=8).digest(), "big")
