"""What each project used of its organization's plan, also when it moved on or is gone."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from accounts.models import Usage
from accounts.services import record_usage
from projects.models import Project, ProjectUsage

KEPT = timedelta(days=400)


def record_months(*, month: date, events: Mapping[int, int]) -> None:
    """Set how many events projects sent in a month, and with them what organizations used.

    `month` is its first day, `events` maps a project's key to the whole month so far; a repeated
    call changes nothing. What a project sent before it was transferred stays with who had it.
    """
    _share_out(month, events)
    used: dict[int, int] = defaultdict(int)
    for share in ProjectUsage.objects.filter(month=month).iterator():
        used[share.organization_id] += share.events
    known = dict(Usage.objects.filter(month=month).values_list("organization_id", "events"))
    for organization_id, total in used.items():
        if known.get(organization_id) != total:
            record_usage(organization_id=organization_id, month=month, events=total)
    ProjectUsage.objects.filter(month__lt=month - KEPT).delete()


def _share_out(month: date, events: Mapping[int, int]) -> None:
    """Write down each project's events for its organization, less what others had of them."""
    owners = dict(Project.objects.values_list("pk", "organization_id"))
    elsewhere: dict[int, int] = defaultdict(int)
    known: dict[int, int] = {}
    for share in ProjectUsage.objects.filter(month=month).iterator():
        if owners.get(share.project_number) == share.organization_id:
            known[share.project_number] = share.events
        else:
            elsewhere[share.project_number] += share.events
    rows = [
        ProjectUsage(organization_id=owners[number], project_number=number, month=month, events=own)
        for number, count in events.items()
        # Whatever a deleted project sent is written down already.
        if number in owners and (own := max(count - elsewhere[number], 0)) != known.get(number)
    ]
    ProjectUsage.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["organization", "project_number", "month"],
        update_fields=["events"],
    )
