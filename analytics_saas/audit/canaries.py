"""Visitors whose address and browser can be recognized in whatever form they were kept."""

import base64
import random
import secrets
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from analytics_saas.audit.sites import CHROME, Visitor


@dataclass(frozen=True, slots=True)
class Canary:
    """An address of each kind, and a word that stands in the user agent."""

    v4: str
    v6: str
    word: str

    def visitors(self) -> list[Visitor]:
        """Return the canary as visitors."""
        agent = f"{CHROME} {self.word}"
        return [(self.v4, agent), (self.v6, agent)]

    def text(self) -> str:
        """Return all of it as one text, to plant."""
        return " ".join((self.v4, self.v6, self.word))

    def needles(self) -> list[bytes]:
        """Return the forms in which a part of it may lie somewhere.

        The four bytes of an IPv4 address are left out: they turn up by chance in any large file.
        """
        texts = {
            self.v4,
            self.v6,
            self.word,
            ip_address(self.v6).exploded,
            str(int(ip_address(self.v4))),
        }
        found = {text.encode() for text in texts}
        found |= {form for text in texts for form in _encoded(text.encode())}
        for address in map(ip_address, (self.v4, self.v6)):
            found |= {address.packed.hex().encode(), address.packed.hex().upper().encode()}
            if isinstance(address, IPv6Address):
                # The network alone tells who it is.
                found |= {address.packed[:8], address.packed[:8].hex().encode()}
        return sorted(found)


def make_canary() -> Canary:
    """Make a canary that nobody else is."""
    part = random.SystemRandom().randint
    v4 = f"81.{part(100, 255)}.{part(100, 255)}.{part(100, 254)}"
    v6 = ip_address(bytes([0x2A, 0x02, *secrets.token_bytes(14)]))
    return Canary(v4, str(v6), f"Canary{secrets.token_hex(12)}")


def _encoded(text: bytes) -> set[bytes]:
    """Return a text in hex, and the part of its base64 that is the same at every alignment."""
    found = {text.hex().encode(), text.hex().upper().encode()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        found.add(encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4])
    return {form for form in found if len(form) >= 8}
