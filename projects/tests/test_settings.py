"""The pages General and Rules: who opens them, what they keep, what they refuse."""

import pytest

from accounts.models import AuditEntry
from projects import registry
from projects.models import Project
from projects.services import create_project

pytestmark = pytest.mark.django_db(transaction=True)

GENERAL = {
    "name": "Shop",
    "domain": "example.com",
    "time_zone": "UTC",
    "retention_months": "12",
}


@pytest.fixture
def project(cast):
    """The organization's project."""
    return create_project(
        organization=cast.organization, name="Shop", domain="example.com", time_zone="UTC"
    )


def address(project, tab=""):
    """Where a tab is."""
    return f"/projects/{project.public_id}/settings/{tab and tab + '/'}"


@pytest.mark.parametrize("tab", ["", "rules"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200),
        ("admin", 200),
        ("editor", 403),
        ("viewer", 403),
        ("billing", 403),
        ("removed", 404),
        ("stranger", 404),
        ("anonymous", 302),
    ],
)
def test_only_who_may_edit_projects_opens_them(cast, project, tab, who, status):
    """To those outside the project looks absent."""
    assert cast.client(who).get(address(project, tab)).status_code == status
    assert cast.client(who).post(address(project, tab), GENERAL).status_code != 200 or status == 200
    assert status == 200 or Project.objects.get().retention_months == 24


def test_general_settings_are_kept_and_published(cast, project):
    """And the log says from what to what."""
    sent = GENERAL | {
        "name": " Store ",
        "domain": "https://Münch.example/x",
        "time_zone": "Asia/Tokyo",
    }
    answer = cast.client("admin").post(address(project), sent)
    assert answer.status_code == 302
    project.refresh_from_db()
    assert (project.name, project.domain) == ("Store", "xn--mnch-0ra.example")
    assert registry.find(project.public_id).zone == "Asia/Tokyo"
    entry = AuditEntry.objects.get(action="project.update")
    assert entry.actor == "admin@example.com"
    assert entry.detail["time_zone"] == ["UTC", "Asia/Tokyo"]


def test_rules_are_kept_and_published(cast, project):
    """One entry a line; empty lines and repeats are dropped."""
    sent = {
        "hostnames": "Example.com\r\n\r\nwww.example.com\nexample.com",
        "blocked_networks": "203.0.113.7\n2001:DB8::/32\n203.0.113.9/24",
        "blocked_countries": "de\nFR",
        "blocked_pages": "/admin/**",
        "page_masks": "/user/*",
        "page_parameters": "Id\nfilter[color]",
        "lowers_paths": "on",
    }
    assert cast.client("owner").post(address(project, "rules"), sent).status_code == 302
    rules = registry.find(project.public_id)
    assert rules.hostnames == ("example.com", "www.example.com")
    assert rules.blocked_networks == ("203.0.113.7", "2001:db8::/32", "203.0.113.0/24")
    assert rules.blocked_countries == ("DE", "FR")
    assert (rules.blocked_pages, rules.page_masks) == (("/admin/**",), ("/user/*",))
    assert rules.page_parameters == ("id", "filter[color]")
    assert (rules.lowers_paths, rules.strips_trailing_slash) == (True, False)
    assert not rules.respect_privacy_signals
    page = cast.client("owner").get(address(project, "rules")).content.decode()
    assert "203.0.113.7\n2001:db8::/32" in page


@pytest.mark.parametrize(
    ("tab", "field", "value", "says"),
    [
        ("", "name", "x" * 81, "80 characters"),
        ("", "domain", "not a domain", "Type one such as example.com"),
        ("", "time_zone", "Berlin", "Type one such as Europe/Berlin"),
        ("", "retention_months", "0", "1 to 120 months"),
        ("", "retention_months", "many", "Enter a whole number"),
        ("rules", "hostnames", "a.example\n<b>", "is not a domain"),
        ("rules", "blocked_networks", "203.0.113", "type one such as 203.0.113.7"),
        ("rules", "blocked_networks", "0.0.0.0/0", "whole internet"),
        ("rules", "blocked_networks", "\n".join(f"10.0.0.{n}" for n in range(101)), "At most 100"),
        ("rules", "blocked_countries", "XX", "two letters such as DE"),
        ("rules", "blocked_pages", "admin", "begin with a slash"),
        ("rules", "blocked_pages", "/" + "a" * 500, "at most 500 characters"),
        ("rules", "blocked_pages", "/a***", "cannot be read"),
        ("rules", "page_masks", "/user/7", "hides nothing"),
        ("rules", "page_parameters", "id=7", "such as id, without ="),
        ("rules", "page_parameters", "utm_source", "leave it out here"),
        ("rules", "page_parameters", "\n".join(f"p{n}" for n in range(11)), "At most 10"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_changes_nothing(
    cast, project, tab, field, value, says
):
    """It names the limit and the fix, and what was typed is still there."""
    sent = (GENERAL if not tab else {}) | {field: value, "lowers_paths": "on"}
    page = cast.client("owner").post(address(project, tab), sent).content.decode()
    assert says in page.replace("&#x27;", "'")
    assert "<b>" not in page
    project.refresh_from_db()
    assert not project.lowers_paths
    assert (project.name, project.retention_months) == ("Shop", 24)
    assert value.splitlines()[-1].replace("<b>", "&lt;b&gt;") in page
