"""What people without an account see: one project's dashboard, by a link or in public."""

from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from analytics_saas.csp import embeddable
from projects.models import Project, SharedLink
from projects.sharing import access, tries
from projects.sharing.forms import PasswordForm

THEMES = ("light", "dark", "system")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """Whoever has the secret, and the password if there is one."""
    link = access.get_link(secret)
    if not access.is_open(link, request.session):
        return _ask_password(request, link)
    # A browser keeps no proof for a frame of another site, so there is nothing to embed.
    response = _show(request, link.project, may_embed=not link.password, share=secret)
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_http_methods(["GET", "HEAD"])
def public(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everybody, while the project is public."""
    project = access.get_public_project(public_id)
    return _show(request, project, may_embed=True, public=public_id)


def _show(
    request: HttpRequest, project: Project, *, may_embed: bool, share: str = "", public: str = ""
) -> HttpResponse:
    embedded = may_embed and request.GET.get("embed") == "true"
    theme = request.GET.get("theme", "")
    context = {
        "project": project,
        "share": share,
        "public": public,
        "layout": "embed.html" if embedded else "base.html",
        "theme": theme if theme in THEMES else "system",
    }

    def page(request: HttpRequest) -> HttpResponse:
        return render(request, "dashboard/shared.html", context)

    return embeddable(page)(request) if embedded else page(request)


def _ask_password(request: HttpRequest, link: SharedLink) -> HttpResponse:
    form, status = PasswordForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        if not tries.may_try(link, request):
            form.add_error("password", "Too many tries: wait a quarter of an hour.")
            status = 429
        elif check_password(form.cleaned_data["password"], link.password):
            if not request.user.is_authenticated:
                # A log-in has changed the key already, and is ended by the key that it got.
                request.session.cycle_key()
            request.session[access.proof_key(link)] = access.proof_of(link)
            return redirect(request.get_full_path())
        else:
            form.add_error("password", "This is not the password. Ask whoever sent you the link.")
            status = 403
    response = render(request, "dashboard/password.html", {"form": form}, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response
