"""The log itself: who is named, and how much of an address is kept."""

import pytest
from django.test import RequestFactory

from accounts.audit import network_of, record
from accounts.principal import Principal


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_an_address_is_truncated(address, network):
    """A network remains, too wide to mean one household."""
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


def test_a_stranger_cannot_choose_the_address():
    """X-Forwarded-For of a peer that is no trusted proxy is not believed."""
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.77", HTTP_X_FORWARDED_FOR="8.8.8.8")
    assert network_of(request) == "203.0.113.0/24"


def test_a_line_names_the_person_the_token_or_the_operator(cast):
    """Whoever acts has a name."""
    actors = [
        record(organization=cast.organization, principal=principal, action="thing.do").actor
        for principal in (Principal(user=cast.admin), Principal(name="CI token"), None)
    ]
    assert actors == ["admin@example.com", "CI token", "Daysalt"]


def test_a_line_holds_what_was_told(cast):
    """Action, target and detail come back as given; long names are cut, not refused."""
    principal = Principal(user=cast.owner, name="x" * 300)
    entry = record(
        organization=cast.organization,
        principal=principal,
        action="member.role",
        target="y" * 300,
        detail={"from": "viewer", "to": "editor"},
    )
    entry.refresh_from_db()
    assert (len(entry.actor), len(entry.target)) == (254, 254)
    assert entry.detail == {"from": "viewer", "to": "editor"}


def test_a_long_detail_is_shortened(cast):
    """So that changing long settings in a loop does not fill the disk."""
    detail = {"text": "é" * 300, "rules": [["/a"], [str(n) for n in range(100)]], "n": 7}
    line = record(organization=cast.organization, principal=None, action="a.b", detail=detail)
    line.refresh_from_db()
    assert line.detail["text"] == "é" * 199 + "…" and line.detail["n"] == 7
    before, after = line.detail["rules"]
    assert before == ["/a"] and after[:2] == ["0", "1"] and after[20:] == ["… and 80 more"]
