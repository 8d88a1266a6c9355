"""The one way to learn a request's client address, for the whole product."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_ip(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """Return the client's address, or None when nothing readable was sent.

    `peer` is the socket's other end, `forwarded_for` the joined X-Forwarded-For header. The
    header is read from the right, past trusted hops, and only when the peer itself is trusted,
    so that nobody else can choose an address. Never raises.
    """
    address = parse_address(peer)
    if address is None or not _is_trusted(address, trusted):
        return address
    for hop in reversed(forwarded_for.split(",")):
        parsed = parse_address(hop)
        if parsed is None:
            return address
        address = parsed
        if not _is_trusted(address, trusted):
            return address
    return address


def parse_address(text: str) -> Address | None:
    """Read one address with optional port, brackets and IPv6 zone; None for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
