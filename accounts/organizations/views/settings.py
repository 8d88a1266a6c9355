"""The organizations of a person, and one organization's settings from name to deletion."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import access
from accounts.models import Organization
from accounts.organizations.forms import DeleteForm, OrganizationForm, TransferForm, TwoFactorForm
from accounts.organizations.views.shared import refusals_told, show
from accounts.principal import Principal, principal_of
from accounts.recent import asks_who
from accounts.roles import Permission
from accounts.services import members, organizations


@login_required
def organization_list(request: HttpRequest) -> HttpResponse:
    """Every organization that the person belongs to."""
    person = access.require_person(principal_of(request))
    memberships = person.memberships.select_related("organization")
    ordered = memberships.order_by("organization__name", "pk")
    return render(request, "organizations/list.html", {"memberships": ordered})


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """Ask for a name and found an organization."""
    principal = principal_of(request)
    person = access.require_person(principal)
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_told(request, form):
            made = organizations.create_organization(
                name=form.cleaned_data["name"], principal=principal, person=person, request=request
            )
            return redirect("organizations:team", made.public_id)
    return render(request, "organizations/create.html", {"form": form})


@login_required
def settings(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name, second factor, and the ways to part with it."""
    principal, organization = _owned(request, public_id)
    form = OrganizationForm(request.POST or None, initial={"name": organization.name})
    if request.method == "POST" and form.is_valid():
        organizations.edit_organization(
            organization=organization,
            principal=principal,
            name=form.cleaned_data["name"],
            request=request,
        )
        messages.success(request, "The name is changed.")
        return redirect("organizations:settings", public_id)
    two_factor = TwoFactorForm({"requires_two_factor": organization.requires_two_factor})
    return _show_settings(request, organization, form=form, two_factor=two_factor)


@login_required
def two_factor(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask everybody for a second factor, or no longer."""
    principal, organization = _owned(request, public_id)
    if request.method != "POST":
        return redirect("organizations:settings", public_id)
    asked = TwoFactorForm(request.POST)
    if asked.is_valid():
        with refusals_told(request, asked):
            organizations.edit_organization(
                organization=organization,
                principal=principal,
                requires_two_factor=asked.cleaned_data["requires_two_factor"],
                request=request,
            )
            messages.success(request, "Saved.")
            return redirect("organizations:settings", public_id)
    form = OrganizationForm(initial={"name": organization.name})
    return _show_settings(request, organization, form=form, two_factor=asked)


@login_required
@asks_who
def transfer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make another member the owner."""
    principal, organization = _owned(request, public_id)
    others = organization.memberships.exclude(user=principal.user).select_related("user")
    form = TransferForm(request.POST or None, members=others.order_by("user__email"))
    if request.method == "POST" and form.is_valid():
        member = access.get_membership(principal, public_id, form.cleaned_data["member"])
        with refusals_told(request, form):
            members.transfer_ownership(membership=member, principal=principal, request=request)
            messages.success(request, f"{member.user.email} owns {organization.name} now.")
            return redirect("organizations:team", public_id)
    return show(request, "transfer", organization, form=form, tab="settings")


@login_required
@asks_who
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for the name once more and delete everything."""
    principal, organization = _owned(request, public_id)
    form = DeleteForm(request.POST or None, expected=organization.name)
    if request.method == "POST" and form.is_valid():
        organizations.delete_organization(organization=organization, principal=principal)
        messages.success(request, f"{organization.name} is deleted.")
        return redirect("organizations:list")
    return show(request, "delete", organization, form=form, tab="settings")


def _owned(request: HttpRequest, public_id: str) -> tuple[Principal, Organization]:
    principal = principal_of(request)
    return principal, access.get_organization(principal, public_id, Permission.OWN)


def _show_settings(
    request: HttpRequest,
    organization: Organization,
    *,
    form: OrganizationForm,
    two_factor: TwoFactorForm,
) -> HttpResponse:
    return show(request, "settings", organization, form=form, two_factor=two_factor)
