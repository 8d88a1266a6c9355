"""/api/v1/projects/<p>/goals: for each role, for foreign ids, and for bad bodies."""

import pytest

from accounts.models import AuditEntry
from projects.goals.services import MOST_GOALS
from projects.models import Goal
from projects.tests.calls import ABSENT, answers, call

pytestmark = pytest.mark.django_db(transaction=True)
MEMBERS = ("owner", "admin", "editor", "viewer", "billing")
EDITORS = ("owner", "admin", "editor")
PAGE = {"kind": "page", "page_pattern": "/thanks/*"}


@pytest.fixture
def goal(project):
    """A goal of the members' project."""
    return Goal.objects.create(project=project, kind="page", name="Thanks", page_pattern="/thanks")


def test_the_three_kinds_and_their_made_up_names(cast, project):
    """What a kind does not take stays empty."""
    sent = [
        PAGE,
        {"kind": "event", "event_name": "Buy", "properties": {"plan": "pro"}, "currency": "eur"},
        {"kind": "scroll", "scroll_percent": 75, "page_pattern": "/blog/**"},
        {"kind": "event", "event_name": "Buy", "name": "Any purchase"},
    ]
    made = [call(cast, "editor", "post", f"/{project.public_id}/goals", one) for one in sent]
    assert [status for status, _ in made] == [201] * 4
    names = ["Visit /thanks/*", "Buy", "Scroll 75 % of /blog/**", "Any purchase"]
    assert [one["name"] for _, one in made] == names
    assert (made[1][1]["properties"], made[1][1]["currency"]) == ({"plan": "pro"}, "EUR")
    _, page = call(cast, "viewer", "get", f"/{project.public_id}/goals")
    assert [one["name"] for one in page["results"]] == names
    assert AuditEntry.objects.filter(action="goal.create").count() == 4


@pytest.mark.parametrize(
    ("method", "allowed", "status", "sent"),
    [
        ("get", MEMBERS, 200, None),
        ("patch", EDITORS, 200, {"name": "Order"}),
        ("delete", EDITORS, 204, None),
    ],
)
def test_who_may_do_what_with_one(cast, project, goal, method, allowed, status, sent):
    """Editors change, everybody of the organization looks."""
    path = f"/{project.public_id}/goals/{goal.public_id}"
    for who, expected in reversed(answers(allowed, status)):
        found, _ = call(cast, who, method, path, sent)
        again = method == "delete" and who in allowed and not Goal.objects.exists()
        assert found == expected or (again and found == 404), who
    assert Goal.objects.exists() == (method != "delete")


@pytest.mark.parametrize(("who", "status"), answers(EDITORS, 201))
def test_who_may_create(cast, project, who, status):
    """Editors and above."""
    assert call(cast, who, "post", f"/{project.public_id}/goals", PAGE)[0] == status
    assert Goal.objects.exists() == (status == 201)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_goal_of_another_project_looks_absent(cast, project, foreign, goal, method):
    """Under one's own project and under its own."""
    theirs = Goal.objects.create(project=foreign, kind="page", name="T", page_pattern="/t")
    for path in (
        f"/{project.public_id}/goals/{theirs.public_id}",
        f"/{foreign.public_id}/goals/{theirs.public_id}",
        f"/{project.public_id}/goals/g_000000000000",
        f"/{project.public_id}/goals/%00",
    ):
        status, found = call(cast, "owner", method, path, {"name": "Mine"})
        assert (status, found["error"]) == (404, ABSENT)
    assert Goal.objects.filter(name="T").exists()


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ({"kind": "click"}, "kind", "click"),
        ({"kind": "page"}, "page_pattern", "such as"),
        ({"kind": "page", "page_pattern": "x"}, "page_pattern", "begin with a slash"),
        (
            {"kind": "page", "page_pattern": "/x", "event_name": "Buy"},
            "event_name",
            "leave it empty",
        ),
        ({"kind": "page", "page_pattern": "/x", "currency": "EUR"}, "currency", "leave it empty"),
        ({"kind": "event"}, "event_name", "1 to 120"),
        ({"kind": "event", "event_name": "x" * 121}, "event_name", "1 to 120"),
        ({"kind": "event", "event_name": "pageview"}, "event_name", "kind page"),
        ({"kind": "event", "event_name": "B", "currency": "XYZ"}, "currency", "such as EUR"),
        ({"kind": "event", "event_name": "B", "properties": []}, "properties", "dictionary"),
        (
            {"kind": "event", "event_name": "B", "properties": {str(n): "" for n in range(11)}},
            "properties",
            "At most 10",
        ),
        ({"kind": "scroll"}, "scroll_percent", "1 to 100"),
        ({"kind": "scroll", "scroll_percent": 101}, "scroll_percent", "100"),
        ({"kind": "page", "page_pattern": "/y", "name": "Thanks"}, "name", "already"),
        ({"kind": "page", "page_pattern": "/y", "project": "p_x"}, "project", "no such field"),
    ],
)
def test_a_bad_goal_names_its_field(cast, project, goal, sent, field, says):
    """With the limit and the fix."""
    status, found = call(cast, "owner", "post", f"/{project.public_id}/goals", sent)
    assert (status, found["error"]["field"]) == (400, field)
    assert says in found["error"]["message"]
    assert Goal.objects.count() == 1


def test_a_change_must_make_sense_with_the_rest(cast, project, goal):
    """A page's goal does not become an event's by its kind alone."""
    path = f"/{project.public_id}/goals/{goal.public_id}"
    status, found = call(cast, "owner", "patch", path, {"kind": "event"})
    assert (status, found["error"]["field"]) == (400, "page_pattern")
    sent = {"kind": "event", "page_pattern": "", "event_name": "Buy"}
    assert call(cast, "owner", "patch", path, sent)[1]["event_name"] == "Buy"


def test_there_is_a_most_of_goals(cast, project):
    """And the refusal says so."""
    Goal.objects.bulk_create(
        Goal(project=project, kind="page", name=str(n), page_pattern="/") for n in range(MOST_GOALS)
    )
    status, found = call(cast, "owner", "post", f"/{project.public_id}/goals", PAGE)
    assert (status, "at most 100" in found["error"]["message"]) == (400, True)
