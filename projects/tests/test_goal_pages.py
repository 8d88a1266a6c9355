"""The page Goals: who opens it, and that its form keeps to the same rules as the API."""

import re

import pytest

from projects.models import Goal

pytestmark = pytest.mark.django_db(transaction=True)


def address(project, rest=""):
    """Where the page is."""
    return f"/projects/{project.public_id}/settings/goals/{rest}"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 200), ("admin", 200), ("editor", 200), ("viewer", 403), ("billing", 403),
        ("removed", 404), ("stranger", 404), ("anonymous", 302),
    ],
)  # fmt: skip
def test_only_who_may_edit_reports_opens_it(cast, project, who, status):
    """An editor finds this tab and no other."""
    goal = Goal.objects.create(project=project, kind="page", name="T", page_pattern="/t")
    answer = cast.client(who).get(address(project))
    assert answer.status_code == status
    assert cast.client(who).get(address(project, f"{goal.public_id}/")).status_code == status
    deleted = cast.client(who).post(address(project, f"{goal.public_id}/delete/")).status_code
    assert deleted == (302 if status == 200 else status)
    assert Goal.objects.exists() == (status != 200)
    if who == "editor":
        assert "/settings/rules/" not in answer.content.decode()


def test_a_goal_is_made_changed_and_deleted(cast, project):
    """Conditions are lines of name = value."""
    browser = cast.client("editor")
    form = {"kind": "event", "event_name": "Buy", "properties": "plan = pro\n\nwhere=a = b"}
    assert browser.post(address(project), form).status_code == 302
    goal = Goal.objects.get()
    assert goal.properties == {"plan": "pro", "where": "a = b"}
    page = browser.get(address(project, f"{goal.public_id}/")).content.decode()
    assert "plan = pro\nwhere = a = b" in page
    form = {"kind": "scroll", "scroll_percent": "50", "name": "Half"}
    assert browser.post(address(project, f"{goal.public_id}/"), form).status_code == 302
    goal.refresh_from_db()
    assert (goal.name, goal.event_name, goal.properties) == ("Half", "", {})


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"kind": "page"}, "Type a page"),
        ({"kind": "page", "page_pattern": "x"}, "begin with a slash"),
        ({"kind": "event", "event_name": "B", "properties": "plan"}, "name = value"),
        ({"kind": "event", "event_name": "B", "page_pattern": "/x"}, "leave it empty"),
        ({"kind": "event", "event_name": "B", "currency": "XYZ"}, "such as EUR"),
        ({"kind": "scroll", "scroll_percent": "0"}, "1 to 100"),
    ],
)
def test_a_bad_goal_says_what_to_type(cast, project, form, says):
    """And what was typed is kept."""
    page = cast.client("owner").post(address(project), form).content.decode()
    assert says in page
    assert not Goal.objects.exists()


def test_the_form_tells_its_script_which_kind_takes_a_field(cast, project):
    """A page has no currency; a name has every kind."""
    page = cast.client("editor").get(address(project)).content.decode()
    kinds = dict(re.findall(r'name="(\w+)"[^>]*?data-kinds="([\w ]+)"', page))
    assert kinds["page_pattern"] == "page scroll"
    assert kinds["currency"] == kinds["properties"] == "event"
    assert "name" not in kinds
    assert "goal.js" in page
