"""The log and the usage of an organization: API, CSV, and who may read them."""

import csv
import io

import pytest

from accounts.audit import record
from accounts.principal import Principal
from accounts.services import record_usage
from accounts.usage import this_month

pytestmark = pytest.mark.django_db
MAY_AUDIT = {"owner", "admin"}
MAY_USAGE = {"owner", "admin", "billing"}


@pytest.fixture
def path(cast):
    """The address of the organization in the API."""
    return f"/api/v1/organizations/{cast.organization.public_id}"


def log(cast, target="x", **detail):
    """Write a line as the owner."""
    principal = Principal(user=cast.owner)
    record(
        organization=cast.organization,
        principal=principal,
        action="thing.do",
        target=target,
        detail=detail,
    )


@pytest.mark.parametrize("who", ["owner", "admin", "editor", "viewer", "billing"])
def test_the_role_decides_who_reads_what(cast, path, who):
    """The organization is visible to all of them, so no is 403; pages and API agree."""
    page = path.replace("/api/v1", "")
    answers = {
        "audit": [f"{path}/audit", f"{page}/audit/", f"{page}/audit.csv"],
        "usage": [f"{path}/usage", f"{page}/usage/"],
    }
    for name, may in (("audit", MAY_AUDIT), ("usage", MAY_USAGE)):
        statuses = {cast.call(who, "GET", address).status_code for address in answers[name]}
        assert statuses == {200 if who in may else 403}


@pytest.mark.parametrize("who", ["removed", "stranger"])
def test_to_others_both_look_absent(cast, path, who):
    """In pages and in the API."""
    page = path.replace("/api/v1", "")
    for address in (f"{path}/audit", f"{path}/usage", f"{page}/audit.csv", f"{page}/usage/"):
        assert cast.call(who, "GET", address).status_code == 404


def test_nobody_is_told_to_log_in(cast, path):
    """401 from the API, the log-in page for people."""
    assert cast.call("anonymous", "GET", f"{path}/audit").status_code == 401
    page = cast.call("anonymous", "GET", f"{path.replace('/api/v1', '')}/audit.csv")
    assert page["location"].startswith("/accounts/login/")


def test_the_log_is_told_newest_first_in_pages(cast, path):
    """Of this organization only."""
    for number in range(3):
        log(cast, str(number), step=number)
    first = cast.call("admin", "GET", f"{path}/audit?limit=2").json()
    rest = cast.call("admin", "GET", f"{path}/audit?cursor={first['next_cursor']}").json()
    assert [line["target"] for line in first["results"] + rest["results"]] == ["2", "1", "0"]
    assert first["results"][0].keys() == {"at", "actor", "action", "target", "detail", "network"}
    assert first["results"][0]["detail"] == {"step": 2}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=x"])
def test_a_bad_page_is_refused(cast, path, query):
    """The API names the field; the page begins at the top."""
    answer = cast.call("admin", "GET", f"{path}/audit?{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, query.split("=")[0])
    page = cast.call("admin", "GET", f"{path.replace('/api/v1', '')}/audit/?{query}")
    assert page.status_code == 302


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_of_the_file_is_a_formula(cast, path, start):
    """What is harmless stays as it is."""
    log(cast, start)
    log(cast, "plain = text")
    answer = cast.call("owner", "GET", f"{path.replace('/api/v1', '')}/audit.csv")
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["target"] for row in rows] == ["plain = text", f"'{start}"]
    assert answer["content-type"].startswith("text/csv")


def test_markup_in_the_log_is_shown_as_text(cast, path):
    """Targets and details come from people."""
    log(cast, "<script>alert(1)</script>", name="<img src=x>")
    page = cast.call("owner", "GET", f"{path.replace('/api/v1', '')}/audit/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_usage_tells_the_plan_and_the_months(cast, path):
    """Numbers of this month beside what the plan holds."""
    record_usage(organization_id=cast.organization.pk, month=this_month(), events=850_000)
    body = cast.call("billing", "GET", f"{path}/usage").json()
    assert (body["plan"]["key"], body["plan"]["events"]) == ("growth", 1_000_000)
    assert (body["events"], body["members"], body["projects"]) == (850_000, 5, 0)
    assert body["standing"] == "near"
    assert body["months"] == [{"month": f"{this_month():%Y-%m}", "events": 850_000}]


def test_the_usage_page_says_how_things_stand(cast, path):
    """Without a provider it says who sets plans."""
    record_usage(organization_id=cast.organization.pk, month=this_month(), events=2_000_000)
    page = cast.call("billing", "GET", f"{path.replace('/api/v1', '')}/usage/").content.decode()
    assert "2,000,000 of 1,000,000" in page
    assert "Every event is still counted" in page
    assert "set by whoever runs this installation" in page


@pytest.mark.parametrize("what", ["plans/growth", "plans/nothing", "invoices"])
def test_without_a_provider_nothing_is_sold(cast, path, what):
    """The addresses are absent for those who could pay, closed to the others."""
    page = f"{path.replace('/api/v1', '')}/usage/{what}/"
    assert cast.call("billing", "GET", page).status_code == 404
    assert cast.call("admin", "GET", page).status_code == 403
