"""The patterns of a project's rules, and the name under which a page is counted."""

import time

import msgspec
import pytest

from collector.enrich.url import page_name
from collector.patterns import first_match
from projects.registry import ProjectRules


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
