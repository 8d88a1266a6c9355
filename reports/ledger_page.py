"""The ledger as a page: what became of everything, in words."""

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.principal import principal_of
from accounts.roles import Permission
from analytics_saas.errors import ApiError
from projects.access import get_project
from projects.models import Project
from reports import ledger

RANGES = {"day": "Today", "7d": "7 days", "30d": "30 days", "12mo": "12 months", "all": "All time"}
OUTCOMES = {
    "stored": "Counted",
    "dropped": "Left out",
    "dead": "Set aside",
    "erased": "Erased later",
    "salt_lost": "Visitors counted anew",
}
REASONS = {
    "engagement": "time spent on a page",
    "privacy_signal": "browsers that ask not to be tracked (GPC, Do Not Track)",
    "prefetch": "pages that a browser loaded ahead of their reader",
    "hostname": "pages of a host that the project does not list",
    "quota": "far beyond the organization's plan",
    "bot": "bots and tools",
    "ai_crawler": "AI crawlers",
    "hosting": "addresses of hosting companies",
    "network": "blocked addresses",
    "country": "blocked countries",
    "page": "blocked pages",
    "reset": "statistics were reset",
    "deleted": "the project was deleted",
    "retention": "older than the project keeps numbers",
    "bad_value": "a value that no table can hold",
    "unreadable_entry": "damaged, or written by another version",
    "unknown_version": "written by a newer version",
}


@login_required
def ledger_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """One line for each outcome and reason of a period."""
    project = get_project(principal_of(request), public_id, Permission.SEE_NUMBERS)
    asked = request.GET.get("date_range", "")
    chosen = asked if asked in RANGES else ledger.USUAL_RANGE
    context: dict[str, Any] = {"project": project, "ranges": RANGES.items(), "chosen": chosen}
    try:
        told = _ask(project, chosen)
    except ApiError as error:
        # ClickHouse is away: the page says so and stays a page.
        return render(request, "dashboard/ledger.html", context, status=error.status_code)
    context |= {"totals": told["totals"], "lines": [_line(row) for row in told["results"]]}
    context |= {
        "recount": told["recount"],
        "letters": [one | {"reason": _words(one["reason"])} for one in told["dead_letters"]],
    }
    return render(request, "dashboard/ledger.html", context)


def _ask(project: Project, date_range: str) -> dict[str, Any]:
    zone = ZoneInfo(project.time_zone)
    question = ledger.parse_question(
        project.pk,
        {"date_range": date_range, "interval": "all"},
        zone=zone,
        now=timezone.now(),
        first_day=partial(ledger.first_day, project.pk, zone),
    )
    told = ledger.answer(question)
    rows = [row for row in told["results"] if row["outcome"] in OUTCOMES]
    rank = list(OUTCOMES)
    told["results"] = sorted(rows, key=lambda row: (rank.index(row["outcome"]), -row["count"]))
    return told


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the ledger in words."""
    reason = _words(row["reason"])
    return {
        "outcome": OUTCOMES[row["outcome"]],
        "reason": f"{reason}: {row['detail']}" if row["detail"] else reason,
        "count": "" if row["outcome"] == ledger.Outcome.SALT_LOST else row["count"],
    }


def _words(reason: str) -> str:
    return REASONS.get(reason, reason.replace("_", " "))
