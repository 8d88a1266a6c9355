"""What a project's own rules keep out, and the name under which a page is counted."""

import time

import msgspec
import pytest

from collector.drops import DropReason
from collector.enrich.url import page_name
from collector.patterns import first_match
from collector.tests.door import PAGE, entries, post, publish
from projects import registry
from projects.registry import ProjectRules

pytestmark = pytest.mark.usefixtures("stores")

NOT_HERE = {
    DropReason.PRIVACY_SIGNAL,
    DropReason.BOT,
    DropReason.RESET,
    DropReason.DELETED,
}


def page(path):
    """A page view of one path."""
    return PAGE | {"u": f"https://shop.example{path}"}


CASES = [
    ({}, "/a", "203.0.113.9", None),
    ({"hostnames": ("shop.example",)}, "/a", "203.0.113.9", None),
    ({"hostnames": ("other.example",)}, "/a", "203.0.113.9", DropReason.HOSTNAME),
    ({"blocked_networks": ("203.0.113.9",)}, "/a", "203.0.113.9", DropReason.NETWORK),
    ({"blocked_networks": ("203.0.113.8",)}, "/a", "203.0.113.9", None),
    (
        {"blocked_networks": ("10.0.0.0/8", "203.0.113.0/24")},
        "/a",
        "203.0.113.9",
        DropReason.NETWORK,
    ),
    ({"blocked_networks": ("2001:db8::/32",)}, "/a", "2001:db8:1::1", DropReason.NETWORK),
    ({"blocked_networks": ("2001:db8::/32",)}, "/a", "203.0.113.9", None),
    ({"blocked_countries": ("US",)}, "/a", "8.8.8.8", DropReason.COUNTRY),
    ({"blocked_countries": ("DE", "FR")}, "/a", "8.8.8.8", None),
    ({"blocked_countries": ("US",)}, "/a", "203.0.113.9", None),
    ({"blocked_pages": ("/admin/**",)}, "/admin/a/b", "203.0.113.9", DropReason.PAGE),
    ({"blocked_pages": ("/admin/*",)}, "/admin/a/b", "203.0.113.9", None),
    ({"blocked_pages": ("/a",), "page_masks": ("/a*",)}, "/a", "203.0.113.9", DropReason.PAGE),
]


@pytest.mark.parametrize(("rules", "path", "peer", "reason"), CASES)
def test_a_rule_drops_what_it_names_and_nothing_else(rules, path, peer, reason):
    """With a reason that the customer sees."""
    plain = publish()
    registry.rebuild([msgspec.structs.replace(plain, **rules)])
    status, headers, _ = post(page(path), peer=peer)
    assert status == 202
    assert headers.get(b"x-daysalt-dropped", b"").decode() == (reason or "")
    assert sum(len(entry.events) for entry in entries()) == (reason is None)


def test_every_reason_has_a_case():
    """Here, or in the file that owns it."""
    tested = {case[3] for case in CASES} - {None}
    assert tested | NOT_HERE == set(DropReason)


@pytest.mark.parametrize(
    ("rules", "path", "name"),
    [
        ({}, "/User/7/", "/User/7/"),
        ({"lowers_paths": True}, "/User/7/", "/user/7/"),
        ({"strips_trailing_slash": True}, "/user/7//", "/user/7"),
        ({"strips_trailing_slash": True}, "/", "/"),
        ({"page_masks": ("/user/*",)}, "/user/7", "/user/*"),
        ({"page_masks": ("/user/*",)}, "/user/7/edit", "/user/7/edit"),
        ({"page_masks": ("/user/**",)}, "/user/7/edit", "/user/**"),
        ({"page_masks": ("/*/edit", "/user/*")}, "/user/7", "/user/*"),
        ({"page_masks": ("/a", "/*")}, "/a", "/a"),
        ({"page_masks": ("/User/*",)}, "/user/7", "/user/7"),
        (
            {"lowers_paths": True, "strips_trailing_slash": True, "page_masks": ("/user/*",)},
            "/USER/7/",
            "/user/*",
        ),
    ],
)
def test_a_page_is_counted_under_its_name(rules, path, name):
    """Small letters first, then the slash, then the first mask that fits."""
    assert page_name(path, ProjectRules(1, "p_aaaaaaaaaaaa", "UTC", **rules)) == name


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", False),
        ("/a.c", "/abc", False),
        ("/a(b|c)", "/ab", False),
        ("/*", "/", True),
        ("/*/c", "/ü/c", True),
        ("/**/c", "/a/b/c", True),
        ("/**", "/a\nb", True),
        (r"/\d", r"/\d", True),
    ],
)
def test_only_stars_mean_something(pattern, path, fits):
    """Everything else stands for itself."""
    assert (first_match((pattern,), path) is not None) == fits


def test_a_wicked_pattern_takes_no_time():
    """One that makes a backtracking engine run for years."""
    start = time.monotonic()
    assert first_match(("/" + "**a" * 160 + "b",), "/" + "a" * 1_900) is None
    assert time.monotonic() - start < 1


def test_an_older_snapshot_can_still_be_read():
    """Fields that it does not have get their defaults."""
    old = msgspec.msgpack.encode([7, "p_aaaaaaaaaaaa", "UTC", ["a.example"], False])
    read = msgspec.msgpack.decode(old, type=ProjectRules)
    assert (read.hostnames, read.blocked_pages) == (("a.example",), ())
    assert not read.respect_privacy_signals
