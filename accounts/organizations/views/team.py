"""The team: who belongs, who is invited, and everything that changes it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import access
from accounts.organizations.forms import InviteForm, RoleForm
from accounts.organizations.views.shared import refusals_told, show
from accounts.principal import principal_of
from accounts.recent import POWERFUL, ask
from accounts.roles import Permission
from accounts.services import invitations, members


@login_required
def team(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everybody, and for those who manage them a form to invite somebody."""
    principal = principal_of(request)
    organization = access.get_organization(principal, public_id, Permission.SEE_TEAM)
    roles = access.managed_roles(principal, organization)
    form = InviteForm(request.POST or None, roles=roles)
    if request.method == "POST":
        if not roles:
            raise PermissionDenied
        if form.is_valid():
            if form.cleaned_data["role"] in POWERFUL:
                ask(request)
            with refusals_told(request, form):
                invitations.invite(
                    organization=organization,
                    principal=principal,
                    request=request,
                    **form.cleaned_data,
                )
                messages.success(request, f"An invitation to {form.cleaned_data['email']} is sent.")
                return redirect("organizations:team", public_id)
    people = organization.memberships.select_related("user").order_by("pk")
    rows = [
        (one, RoleForm(roles=roles, initial={"role": one.role}) if one.role in roles else None)
        for one in people
    ]
    waiting = organization.invitations.order_by("pk") if roles else []
    return show(
        request,
        "team",
        organization,
        form=form,
        rows=rows,
        invitations=waiting,
        roles=roles,
        now=timezone.now(),
    )


@login_required
@require_POST
def change_role(request: HttpRequest, public_id: str, member_id: str) -> HttpResponse:
    """Give a member another role."""
    principal = principal_of(request)
    member = access.get_membership(principal, public_id, member_id)
    form = RoleForm(request.POST, roles=access.managed_roles(principal, member.organization))
    if not form.is_valid():
        raise PermissionDenied
    role = form.cleaned_data["role"]
    if role in POWERFUL:
        ask(request)
    with refusals_told(request):
        members.change_role(membership=member, role=role, principal=principal, request=request)
        messages.success(request, f"{member.user.email} is {role} now.")
    return redirect("organizations:team", public_id)


@login_required
@require_POST
def remove(request: HttpRequest, public_id: str, member_id: str) -> HttpResponse:
    """End someone's membership."""
    principal = principal_of(request)
    member = access.get_membership(principal, public_id, member_id)
    with refusals_told(request):
        members.remove_member(membership=member, principal=principal, request=request)
        messages.success(request, f"{member.user.email} is removed.")
    if principal.user == member.user:
        return redirect("organizations:list")
    return redirect("organizations:team", public_id)


@login_required
@require_POST
def leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """End one's own membership; a missing second factor keeps nobody."""
    principal = principal_of(request)
    organization = access.one_or_404(access.visible_organizations(principal), public_id)
    person = access.require_person(principal)
    with refusals_told(request):
        mine = organization.memberships.get(user=person)
        members.leave(membership=mine, principal=principal, request=request)
        messages.success(request, f"You have left {organization.name}.")
        return redirect("organizations:list")
    return redirect("organizations:team", public_id)


@login_required
@require_POST
def resend(request: HttpRequest, public_id: str, invitation_id: str) -> HttpResponse:
    """Mail a new secret."""
    principal = principal_of(request)
    invitation = access.get_invitation(principal, public_id, invitation_id)
    with refusals_told(request):
        invitations.resend_invitation(invitation=invitation, principal=principal, request=request)
        messages.success(request, f"A new invitation to {invitation.email} is sent.")
    return redirect("organizations:team", public_id)


@login_required
@require_POST
def revoke(request: HttpRequest, public_id: str, invitation_id: str) -> HttpResponse:
    """Take an invitation back."""
    principal = principal_of(request)
    invitation = access.get_invitation(principal, public_id, invitation_id)
    with refusals_told(request):
        invitations.revoke_invitation(invitation=invitation, principal=principal, request=request)
        messages.success(request, f"The invitation to {invitation.email} is revoked.")
    return redirect("organizations:team", public_id)
