"""Who the client is, whatever the headers claim."""

from ipaddress import ip_address, ip_network

import pytest

from analytics_saas.client_ip import client_ip

TRUSTED = [ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "1.2.3.4:5678", "1.2.3.4"),
        ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
        ("10.0.0.1", "garbage", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_it_believes_only_trusted_hops(peer, forwarded, expected):
    """From the right, past trusted proxies, and never from anybody else."""
    assert client_ip(peer, forwarded, TRUSTED) == ip_address(expected)


def test_it_gives_none_for_an_unreadable_peer():
    """A unix socket has no address."""
    assert client_ip("", "1.2.3.4", TRUSTED) is None
