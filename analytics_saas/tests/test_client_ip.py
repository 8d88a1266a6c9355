"""Who the client is, whatever the headers claim."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_saas.client_ip import client_ip, parse_address

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


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "for=1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "for=1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "For=1.2.3.4;Proto=https;by=10.0.0.1", "1.2.3.4"),
        ("10.0.0.1", 'proto=https; for="1.2.3.4:5678"', "1.2.3.4"),
        ("10.0.0.1", 'for="[2001:db8::1]:443"', "2001:db8::1"),
        ("10.0.0.1", "for=6.6.6.6, for=1.2.3.4, for=10.0.0.2", "1.2.3.4"),
        # Hidden, missing or malformed: nothing to the left of it can be believed.
        ("10.0.0.1", "for=6.6.6.6, for=unknown", "10.0.0.1"),
        ("10.0.0.1", "for=6.6.6.6, for=_hidden, for=10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "for=6.6.6.6, proto=https", "10.0.0.1"),
        ("10.0.0.1", "for=6.6.6.6;for=1.2.3.4", "10.0.0.1"),
        ("10.0.0.1", "for=6.6.6.6,", "10.0.0.1"),
        # A quote that a client left open, or smuggled through a host name.
        ("10.0.0.1", 'for=6.6.6.6;x=", for=1.2.3.4', "1.2.3.4"),
        ("10.0.0.1", 'for=1.2.3.4;host="x,for=6.6.6.6"', "10.0.0.1"),
        ("10.0.0.1", 'for=1.2.3.4;host="x,for=6.6.6.6;y=\\""', "10.0.0.1"),
    ],
)
def test_it_reads_forwarded_by_the_same_rule(peer, forwarded, expected):
    """RFC 7239, from the right, past trusted hops."""
    assert client_ip(peer, "", TRUSTED, forwarded) == ip_address(expected)


def test_of_both_headers_x_forwarded_for_counts():
    """Even when it cannot be read: the other one may be anybody's."""
    assert client_ip("10.0.0.1", "1.2.3.4", TRUSTED, "for=6.6.6.6") == ip_address("1.2.3.4")
    assert client_ip("10.0.0.1", "garbage", TRUSTED, "for=6.6.6.6") == ip_address("10.0.0.1")
    assert client_ip("10.0.0.1", " ", TRUSTED, "for=1.2.3.4") == ip_address("1.2.3.4")


PIECES = st.sampled_from(
    ["for=", "For", "by=", ",", ";", "=", '"', "\\", "[", "]", ":", "%", "1.2.3.4", "10.0.0.2",
     "2001:db8::1", "unknown", "_x", " ", "\t", "\0", "\ud800", "ü"]
)  # fmt: skip
HEADERS = st.text() | st.lists(PIECES).map("".join)


@given(st.sampled_from(["10.0.0.1", "::ffff:10.0.0.1"]) | HEADERS, HEADERS, HEADERS)
def test_garbage_never_raises(peer, forwarded_for, forwarded):
    """And an untrusted peer is always its own address."""
    found = client_ip(peer, forwarded_for, TRUSTED, forwarded)
    own = parse_address(peer)
    if own is None or own not in TRUSTED[0]:
        assert found == own
    else:
        assert found is not None


@given(HEADERS, st.booleans())
def test_what_a_client_sends_never_hides_what_a_proxy_adds(sent, is_forwarded):
    """The last hop before the trusted ones is the answer, whatever stands to its left."""
    if is_forwarded:
        found = client_ip("10.0.0.1", "", TRUSTED, f"{sent},for=1.2.3.4, for=10.0.0.2")
    else:
        found = client_ip("10.0.0.1", f"{sent},1.2.3.4, 10.0.0.2", TRUSTED, sent)
    assert found == ip_address("1.2.3.4")


def test_it_gives_none_for_an_unreadable_peer():
    """A unix socket has no address."""
    assert client_ip("", "1.2.3.4", TRUSTED) is None


ALMOST = st.text("0123456789.x ", max_size=16) | st.ip_addresses(v=4).map(str)


@given(ALMOST)
def test_the_quick_way_to_read_ipv4_knows_the_same_addresses(text):
    """No octal, short or padded ones."""
    try:
        expected = ip_address(text.strip())
    except ValueError:
        expected = None
    assert parse_address(text) == expected
