"""What is written down about an organization: its log and its usage."""

import csv
import json
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from accounts import access
from accounts.billing import billing
from accounts.models import AuditEntry, Organization
from accounts.organizations.views.shared import show
from accounts.plans import PLANS
from accounts.principal import principal_of
from accounts.roles import Permission
from accounts.usage import report_usage
from analytics_saas.csv_cells import neutralized
from analytics_saas.errors import ApiError
from analytics_saas.pagination import paginate

COLUMNS = ["at", "actor", "action", "target", "detail", "network"]


@login_required
def audit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who did what, newest first."""
    organization = _logged(request, public_id)
    try:
        entries = paginate(request, organization.audit_entries.all(), newest_first=True)
    except ApiError:
        # A cursor that somebody has edited: begin at the top.
        return redirect("organizations:audit", public_id)
    return show(request, "audit", organization, entries=entries)


@login_required
def audit_csv(request: HttpRequest, public_id: str) -> StreamingHttpResponse:
    """The whole log as a file."""
    organization = _logged(request, public_id)
    entries = organization.audit_entries.order_by("-pk").iterator()
    answer = StreamingHttpResponse(_lines(entries), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{public_id}.csv"'
    return answer


@login_required
def usage(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is used of the plan, and what larger plans hold."""
    principal = principal_of(request)
    organization = access.get_organization(principal, public_id, Permission.SEE_USAGE)
    return show(
        request,
        "usage",
        organization,
        report=report_usage(organization),
        plans=PLANS.values(),
        sells=billing().sells,
    )


@login_required
def checkout(request: HttpRequest, public_id: str, plan: str) -> HttpResponse:
    """Lead to where a plan is paid for; a link and no form, as the page is not ours."""
    principal = principal_of(request)
    organization = access.get_organization(principal, public_id, Permission.MANAGE_BILLING)
    person = access.require_person(principal)
    if plan not in PLANS or not billing().sells:
        raise Http404
    url = billing().checkout_url(organization=organization, plan=PLANS[plan], person=person)
    return redirect(url)


@login_required
def invoices(request: HttpRequest, public_id: str) -> HttpResponse:
    """Lead to cards and invoices."""
    principal = principal_of(request)
    organization = access.get_organization(principal, public_id, Permission.MANAGE_BILLING)
    person = access.require_person(principal)
    if not billing().sells:
        raise Http404
    return redirect(billing().portal_url(organization=organization, person=person))


def _logged(request: HttpRequest, public_id: str) -> Organization:
    return access.get_organization(principal_of(request), public_id, Permission.SEE_AUDIT)


class _Echo:
    """A file that gives each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for entry in entries:
        detail = json.dumps(entry.detail, ensure_ascii=False)
        cells = [entry.at.isoformat(), entry.actor, entry.action, entry.target, detail]
        yield writer.writerow([neutralized(cell) for cell in (*cells, entry.network)])
