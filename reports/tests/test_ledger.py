"""The ledger's numbers against a plain recount, in local time, and what a bad question is told."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas import clickhouse
from projects.models import Project
from reports import ledger

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
NUMBERS = iter(range(1_900_001, 1_999_999))
ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
# Old rows of these tables go by the engine's own clock, which nobody can stop.
LATELY = datetime(2038, 3, 11, 12, tzinfo=UTC)
# 18:30 UTC is midnight in Kolkata. Minute, outcome, reason, batch, count.
MIDNIGHT = datetime(2026, 3, 9, 18, 30, tzinfo=UTC)
LINES = [
    (-1, "accepted", "", 1, 9),
    (-1, "stored", "", 1, 9),
    (0, "accepted", "", 1, 10),
    (0, "stored", "", 1, 7),
    (0, "dropped", "bot:GPTBot", 1, 2),
    (0, "dropped", "hostname", 1, 1),
    (1, "accepted", "", 1, 5),
    (1, "accepted", "", 2, 5),
    (1, "stored", "", 1, 5),
    (1, "dead", "bad_value", 2, 4),
    (1439, "accepted", "", 3, 1),
    (1439, "dropped", "bot:GPTBot", 3, 1),
    (1440, "erased", "reset", 3, 3),
    (1440, "salt_lost", "", 3, 1),
]


@pytest.fixture
def project(client):
    """A project with known lines and a number of its own; its owner is logged in."""
    person = User.objects.create_user("owner@example.com", "a long enough passphrase")
    project = Project.objects.create(
        pk=next(NUMBERS),
        organization=create_person_organization(person=person),
        name="Shop",
        domain="x.example",
        time_zone=ZONE.key,
    )
    client.force_login(person)
    rows = [(project.pk, MIDNIGHT + timedelta(minutes=one[0]), *one[1:]) for one in LINES]
    columns = ["project_id", "minute", "outcome", "reason", "batch", "count"]
    # The drain repeats an insert that it is not sure of.
    for _ in range(2):
        settings = {"insert_deduplicate": 0}
        clickhouse.writer().insert("ledger", rows, column_names=columns, settings=settings)
    with time_machine.travel(NOW, tick=False):
        yield project


def ask(client, project, **asked):
    """Ask for the ledger."""
    return client.get(f"/api/v1/projects/{project.public_id}/ledger", asked)


def answer(client, project, **asked):
    """Return the body of an answer that is well."""
    found = ask(client, project, **asked)
    assert found.status_code == 200, found.content
    return found.json()


def recount(label):
    """Sum the lines by label, outcome and reason."""
    counts = Counter()
    for minute, outcome, reason, _, count in LINES:
        local = (MIDNIGHT + timedelta(minutes=minute)).astimezone(ZONE)
        counts[(label(local), outcome, reason)] += count
    return dict(counts)


@pytest.mark.parametrize(
    ("interval", "label"),
    [
        ("day", lambda local: f"{local:%Y-%m-%d}"),
        ("hour", lambda local: f"{local:%Y-%m-%d %H}:00:00"),
        ("all", lambda local: None),
    ],
)
def test_every_line_is_counted_once_in_local_time(client, project, interval, label):
    """By stretch, outcome and reason, however often a line was inserted."""
    rows = answer(client, project, interval=interval)["results"]
    found = {
        (row["time"], row["outcome"], ":".join(filter(None, (row["reason"], row["detail"])))): row[
            "count"
        ]
        for row in rows
    }
    assert found == recount(label)
    times = [row["time"] or "" for row in rows]
    assert times == sorted(times)


def test_minutes_are_for_two_days(client, project):
    """A longer time is told what to do."""
    asked = {"interval": "minute", "date_range": "2026-03-10,2026-03-10", "outcome": "accepted"}
    rows = answer(client, project, **asked)["results"]
    assert [(row["time"], row["count"]) for row in rows] == [
        ("2026-03-10 00:00:00", 10),
        ("2026-03-10 00:01:00", 10),
        ("2026-03-10 23:59:00", 1),
    ]
    error = ask(client, project, interval="minute").json()["error"]
    assert (error["field"], "at most 2 days" in error["message"]) == ("interval", True)


def test_totals_say_what_is_not_settled(client, project):
    """Accepted is stored, dropped, dead, and what is in transit; erased stands apart."""
    found = answer(client, project, date_range="all", limit=1)
    assert found["totals"] == {
        "accepted": 30,
        "stored": 21,
        "dropped": 4,
        "dead": 4,
        "erased": 3,
        "salt_lost": 1,
        "in_transit": 1,
    }
    assert found["date_range"] == ["2026-03-09", "2026-03-11"]
    assert answer(client, project, date_range="2026-03-09,2026-03-09")["totals"]["accepted"] == 9


def test_a_bot_is_shown_by_its_name(client, project):
    """What stands behind the colon is a field of its own."""
    rows = answer(client, project, interval="all", outcome="dropped")["results"]
    assert [(row["reason"], row["detail"], row["count"]) for row in rows] == [
        ("bot", "GPTBot", 3),
        ("hostname", "", 1),
    ]


def test_pages_follow_one_another(client, project):
    """Until there is no next one; together they are the whole."""
    whole, pages, offset = answer(client, project)["results"], [], 0
    while offset is not None:
        page = answer(client, project, limit=3, offset=offset)
        assert len(page["results"]) <= 3
        pages, offset = pages + page["results"], page["next_offset"]
    assert pages == whole


def test_a_project_without_a_line_is_all_zero(client, project):
    """Nor does a neighbour's line show."""
    other = Project.objects.create(
        pk=next(NUMBERS), organization=project.organization, name="O", time_zone="UTC"
    )
    found = answer(client, other, date_range="all")
    assert (found["results"], set(found["totals"].values())) == ([], {0})
    assert set(found["totals"]) == {*ledger.Outcome, "in_transit"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date_range", "fortnight"),
        ("date_range", "2026-03-10"),
        ("date_range", "2026-03-10,2026-03-09"),
        ("date_range", "2026-03-10,2026-03-11,2026-03-12"),
        ("date_range", "x" * 9_000),
        ("interval", "week"),
        ("outcome", "lost"),
        ("limit", "0"),
        ("limit", "10001"),
        ("limit", "²"),
        ("limit", "1e3"),
        ("limit", "9" * 5_000),
        ("offset", "-1"),
        ("offest", "1"),
    ],
)
def test_a_bad_question_is_told_its_field(client, project, field, value):
    """And what is allowed; nothing is echoed at length."""
    refused = ask(client, project, **{field: value})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, field)
    assert len(refused.content) < 500


def test_the_page_tells_it_in_words(client, project):
    """Each reason with its number; an unknown period is the usual one."""
    page = client.get(f"/projects/{project.public_id}/ledger/?date_range=nonsense").content.decode()
    cells = re.findall(r"<tr.*?><td>(.*?)</td><td>(.*?)</td><td class=\"number\">(.*?)</td>", page)
    assert ("Left out", "bots and tools: GPTBot", "3") in cells
    assert ("Set aside", "a value that no table can hold", "4") in cells
    assert ("Visitors counted anew", "", "") in cells
    assert cells[-1] == ("Accepted", "", "30")


def test_the_page_of_a_day_without_anything_says_so(client, project):
    """And is a page all the same."""
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        page = client.get(f"/projects/{project.public_id}/ledger/?date_range=day")
    assert b"Nothing has been sent" in page.content


def test_the_page_stays_a_page_without_clickhouse(client, project, monkeypatch):
    """It says that nothing is lost."""
    monkeypatch.setattr(clickhouse, "reader", lambda: (_ for _ in ()).throw(OSError("away")))
    page = client.get(f"/projects/{project.public_id}/ledger/")
    assert page.status_code == 503
    assert b"Nothing is lost" in page.content


def recounted(project, *days):
    """Write down what a recount found: local day, stored, counted."""
    rows = [[project.pk, date(2026, 3, day), LATELY, stored, there] for day, stored, there in days]
    columns = ["project_id", "local_date", "at", "stored", "counted"]
    clickhouse.writer().insert("recounts", rows, column_names=columns)


def test_the_last_recount_of_the_period_is_told(client, project):
    """Its sums and how many days differ; null where nothing was counted."""
    assert answer(client, project)["recount"] is None
    recounted(project, (9, 5, 5), (10, 7, 7), (11, 9, 9))
    assert answer(client, project, date_range="2026-03-10,2026-03-11")["recount"] == {
        "at": "2038-03-11T12:00:00Z",
        "date_range": ["2026-03-10", "2026-03-11"],
        "stored": 16,
        "counted": 16,
        "different_days": 0,
    }


def test_the_page_says_when_it_was_recounted_and_what_was_found(client, project):
    """By the project's clock; a difference is said, too."""
    recounted(project, (10, 7, 7), (11, 9, 9))
    page = client.get(f"/projects/{project.public_id}/ledger/").content.decode()
    assert "Recounted on 11 March at 17:30: every one of the 16 events" in page
    recounted(project, (11, 9, 8))
    page = client.get(f"/projects/{project.public_id}/ledger/").content.decode()
    assert "16 counted by the ledger, 15 there" in page


def test_what_is_set_aside_is_told_with_its_reason_and_what_happens_to_it(client, project):
    """Also on the page; another project's letters are not."""
    columns = ["project_id", "at", "reason", "batch", "pos", "raw"]
    rows = [[project.pk, LATELY, "bad_value", 1, pos, b"x"] for pos in range(3)]
    rows += [[project.pk + 1, LATELY, "bad_value", 1, 9, b"x"]]
    for _ in range(2):
        settings = {"insert_deduplicate": 0}
        clickhouse.writer().insert("dead_letters", rows, column_names=columns, settings=settings)
    (letter,) = answer(client, project)["dead_letters"]
    assert (letter["reason"], letter["waiting"]) == ("bad_value", 3)
    page = client.get(f"/projects/{project.public_id}/ledger/").content.decode()
    assert "they are sent again and count as new arrivals" in page
    assert re.search(r"<td>a value that no table can hold</td><td>[0-9-]+</td><td.*?>3</td>", page)
