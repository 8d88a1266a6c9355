"""Who counts as the same visitor."""

from ipaddress import ip_address

import pytest

from collector.visitor import WIPED, visitor_id

SALT = bytes(range(32))


def of(address="203.0.113.9", agent="Firefox", project=7, salt=SALT):
    """An id."""
    return visitor_id(salt, project, ip_address(address), agent)


def test_the_same_is_the_same_and_fits_64_bits():
    """Also with a buffer for a salt."""
    assert of() == of(salt=bytearray(SALT))
    assert 0 <= of() < 2**64


def test_anything_else_is_another():
    """Address, browser, project or day."""
    others = [of("203.0.113.8"), of(agent="Safari"), of(project=8), of(salt=SALT[::-1])]
    assert len({of(), *others}) == 5


def test_a_network_of_ipv6_is_one_visitor():
    """Devices change the lower half of an address."""
    assert of("2001:db8:0:1::1") == of("2001:db8:0:1:ffff:ffff:ffff:ffff")
    assert of("2001:db8:0:1::1") != of("2001:db8:0:2::1")


def test_no_two_visitors_share_one_text():
    """Each part has its length before it."""
    assert of(agent="") != of("32.1.13.184", agent="")
    assert of("0.0.0.0", "\0") != of("0.0.0.0", "\0\0")


def test_a_wiped_salt_hashes_nobody():
    """Everybody could compute such an id."""
    with pytest.raises(ValueError, match="wiped"):
        of(salt=bytearray(WIPED))


def test_a_browser_may_call_itself_anything():
    """Lone surrogates included."""
    assert of(agent="\ud800") == of(agent="?")
