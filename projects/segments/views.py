"""The page Segments of a project's settings: saved filters, one's own and everybody's."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.principal import Principal, principal_of
from accounts.roles import Permission
from projects import access
from projects.models import Project, Segment
from projects.ports import reports
from projects.rules import RuleError
from projects.segments import services
from projects.segments.forms import EVERYBODYS, Conditions, SegmentForm, conditions
from projects.settings_views import page

ROW = re.compile(r"filters\[(\d+)\]")


@login_required
def segments(request: HttpRequest, public_id: str) -> HttpResponse:
    """The segments that one sees, and a form for another."""
    principal = principal_of(request)
    project = access.get_project(principal, public_id, Permission.SEE_NUMBERS)
    form, rows = _forms(request, chooses=_edits(principal, project))
    if _is_sent(request) and form.is_valid() and rows.is_valid():
        for_all = form.cleaned_data.get("whose") == EVERYBODYS
        fields = {"name": form.cleaned_data["name"], "filters": rows.filters()}
        try:
            services.create_segment(
                project=project,
                owner=None if for_all else principal.user,
                principal=principal,
                request=request,
                **fields,
            )
        except RuleError as error:
            _tell(error, form, rows)
        else:
            messages.success(request, f"{fields['name'].strip()} is saved.")
            return redirect("projects:segments", public_id)
    found = [
        (one, _in_words(one), one.owner_id is not None or _edits(principal, project))
        for one in access.visible_segments(principal, project).order_by("name", "pk")
    ]
    return page(request, project, "segments", form=form, rows=rows, segments=found)


@login_required
def segment(request: HttpRequest, public_id: str, segment_id: str) -> HttpResponse:
    """One segment, to be renamed or given other filters; whose it is stays so."""
    principal = principal_of(request)
    found = access.get_segment(principal, public_id, segment_id, editing=True)
    form, rows = _forms(request, chooses=False, segment=found)
    if _is_sent(request) and form.is_valid() and rows.is_valid():
        changes = {"name": form.cleaned_data["name"], "filters": rows.filters()}
        try:
            services.update_segment(
                segment=found, changes=changes, principal=principal, request=request
            )
        except RuleError as error:
            _tell(error, form, rows)
        else:
            messages.success(request, "Saved.")
            return redirect("projects:segments", public_id)
    return page(request, found.project, "segments", form=form, rows=rows, segment=found)


@login_required
@require_POST
def delete(request: HttpRequest, public_id: str, segment_id: str) -> HttpResponse:
    """Delete a segment; no number changes."""
    principal = principal_of(request)
    found = access.get_segment(principal, public_id, segment_id, editing=True)
    services.delete_segment(segment=found, principal=principal, request=request)
    messages.success(request, f"{found.name} is deleted.")
    return redirect("projects:segments", public_id)


def _edits(principal: Principal, project: Project) -> bool:
    return Permission.EDIT_REPORTS in principal.permissions(project.organization)


def _is_sent(request: HttpRequest) -> bool:
    """Tell whether something is to be saved; the button for one more row saves nothing."""
    return request.method == "POST" and "more" not in request.POST


def _forms(
    request: HttpRequest, *, chooses: bool, segment: Segment | None = None
) -> tuple[SegmentForm, Conditions]:
    data = request.POST if request.method == "POST" else None
    initial = {"name": segment.name} if segment else None
    if data is None or _is_sent(request):
        form = SegmentForm(data, initial=initial, chooses=chooses)
        return form, conditions(data, segment)
    # What was typed stays, and nothing is complained about yet.
    kept: dict[str, Any] = {name: data.get(name, "") for name in ("name", "whose")}
    return SegmentForm(initial=kept, chooses=chooses), conditions(data, segment, more=1)


def _tell(error: RuleError, form: SegmentForm, rows: Conditions) -> None:
    """Put a refusal beside the field that it is about."""
    row = ROW.match(error.field)
    filled = rows.filled()
    if row and int(row[1]) < len(filled):
        filled[int(row[1])].add_error("values", str(error))
    else:
        form.add_error(error.field if error.field in form.fields else None, str(error))


def _in_words(segment: Segment) -> list[str]:
    """Return its filters as people say them."""
    dimensions, operators = dict(reports().dimensions), dict(reports().operators)
    return [
        f"{dimensions.get(dimension, dimension)} {operators.get(operator, operator)} "
        + " or ".join(values)
        for operator, dimension, values in segment.filters
    ]
