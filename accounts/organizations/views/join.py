"""From the mail into the organization, through sign-up or log-in where there is no session yet."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts import access
from accounts.models import Invitation
from accounts.organizations.views.shared import refusals_told
from accounts.principal import principal_of
from accounts.services.invitations import accept_invitation

# What the session keeps is the hash: the secret itself is in the mail and nowhere else.
OPENED = "invitation"


@never_cache
def open_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Anybody: remember that this browser has the secret, and take it out of the address."""
    secret_hash = access.hash_secret(secret)
    try:
        access.find_invitation(secret_hash)
    except Http404:
        return _over(request)
    request.session[OPENED] = secret_hash
    return redirect("organizations:invitation")


@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    """Whoever opened the mail: say what is offered; a person with the address may accept it."""
    try:
        offer = access.find_invitation(request.session.get(OPENED, ""))
        if request.method == "POST":
            return _accept(request, offer)
    except Http404:
        return _over(request)
    return _show(request, offer)


def _accept(request: HttpRequest, offer: Invitation) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("organizations:invitation"))
    principal = principal_of(request)
    person = access.require_person(principal)
    with refusals_told(request):
        accept_invitation(invitation=offer, person=person, principal=principal, request=request)
        del request.session[OPENED]
        messages.success(request, f"Welcome to {offer.organization.name}.")
        return redirect("projects:list")
    return _show(request, offer)


def _show(request: HttpRequest, offer: Invitation) -> HttpResponse:
    person = request.user
    name, _, domain = offer.email.partition("@")
    context = {
        "invitation": offer,
        "masked": f"{name[0]}…@{domain}",
        "is_theirs": person.is_authenticated and access.owns_address(person, offer.email),
        "here": reverse("organizations:invitation"),
    }
    return render(request, "organizations/join.html", context)


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "organizations/join_over.html", status=404)
