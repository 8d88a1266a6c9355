"""The page Sharing of a project's settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.principal import principal_of
from accounts.roles import Permission
from analytics_saas.env import env
from projects import access
from projects.models import Project
from projects.rules import RuleError
from projects.services import update_project
from projects.settings_views import page
from projects.sharing import services
from projects.sharing.forms import SharedLinkForm
from projects.sharing.serializers import address_of


@login_required
@never_cache
def sharing(request: HttpRequest, public_id: str) -> HttpResponse:
    """The public switch, the links, and a form for another; a new address is shown once."""
    project = access.get_project(principal_of(request), public_id, Permission.EDIT_PROJECTS)
    form = SharedLinkForm(request.POST or None, zone=project.time_zone)
    if request.method == "POST" and form.is_valid():
        try:
            link, secret = services.create_shared_link(
                project=project,
                principal=principal_of(request),
                request=request,
                **form.fields_of_link(),
            )
        except RuleError as error:
            field = "ends_on" if error.field == "expires_at" else error.field
            form.add_error(field or None, str(error))
        else:
            fresh = {"link": link, "address": address_of(secret)}
            return _page(request, project, SharedLinkForm(zone=project.time_zone), fresh)
    return _page(request, project, form, None)


@login_required
@require_POST
def switch(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the dashboard to everybody, or no longer."""
    principal = principal_of(request)
    project = access.get_project(principal, public_id, Permission.EDIT_PROJECTS)
    is_public = request.POST.get("is_public") == "on"
    update_project(
        project=project, changes={"is_public": is_public}, principal=principal, request=request
    )
    words = (
        "Everybody can see the dashboard." if is_public else "The dashboard is no longer public."
    )
    messages.success(request, words)
    return redirect("projects:sharing", project.public_id)


@login_required
@require_POST
def revoke(request: HttpRequest, public_id: str, link_id: str) -> HttpResponse:
    """Close a link for good."""
    principal = principal_of(request)
    link = access.get_shared_link(principal, public_id, link_id)
    services.revoke_shared_link(link=link, principal=principal, request=request)
    messages.success(request, f"The link {link.name} is closed.")
    return redirect("projects:sharing", public_id)


def _page(
    request: HttpRequest, project: Project, form: SharedLinkForm, fresh: dict[str, object] | None
) -> HttpResponse:
    links = project.shared_links.select_related("created_by").order_by("-pk")
    public = env.web_origin + reverse("sharing:public", args=[project.public_id])
    embed = (
        f'<iframe src="{public}?embed=true&amp;theme=system" width="100%" height="1600"></iframe>'
    )
    context = {"form": form, "fresh": fresh, "links": links, "public": public, "embed": embed}
    return page(request, project, "sharing", **context)
