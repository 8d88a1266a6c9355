"""Offers to join by mail. The secret is in the mail and nowhere else; it works once."""

import secrets
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from accounts.access import hash_secret, managed_roles, owns_address
from accounts.audit import record
from accounts.errors import Refused
from accounts.mails import send_invitation
from accounts.models import Invitation, Membership, Organization, User
from accounts.plans import require_room_for_member
from accounts.principal import Principal
from accounts.services.organizations import locked

GOOD_FOR = timedelta(hours=48)
# Mails that one organization, and one person in all of theirs, may have us send in a day: ours is
# a good name to spammers.
MOST_MAILS = 100
Asked = HttpRequest | Request | None


@transaction.atomic
def invite(
    *,
    organization: Organization,
    email: str,
    role: str,
    principal: Principal,
    request: Asked = None,
) -> Invitation:
    """Offer an address a role, whether or not it has an account, and mail the secret."""
    now, email = locked(organization), email.strip().lower()
    if role not in managed_roles(principal, now):
        raise PermissionDenied
    if now.memberships.filter(user__email__iexact=email).exists():
        raise Refused("already_member", "This person is a member already.", "email")
    now.invitations.filter(expires_at__lte=timezone.now()).delete()
    if now.invitations.filter(email=email).exists():
        message = "This address has an open invitation. Send that one again instead."
        raise Refused("already_invited", message, "email")
    require_room_for_member(now, with_open_invitations=True)
    # When they go, what they offered goes too.
    inviter = _answering(principal)
    invitation = Invitation(organization=now, email=email, role=role, invited_by_id=inviter)
    _send(invitation, "invitation.send", principal, request)
    return invitation


@transaction.atomic
def resend_invitation(
    *, invitation: Invitation, principal: Principal, request: Asked = None
) -> Invitation:
    """Mail a new secret, good for another 48 hours; the one before no longer works."""
    now = _locked(invitation)
    if now.role not in managed_roles(principal, now.organization):
        raise PermissionDenied
    _send(now, "invitation.resend", principal, request)
    return now


@transaction.atomic
def revoke_invitation(
    *, invitation: Invitation, principal: Principal, request: Asked = None
) -> None:
    """Take an offer back."""
    now = _locked(invitation)
    if now.role not in managed_roles(principal, now.organization):
        raise PermissionDenied
    _log(now, "invitation.revoke", principal, request)
    now.delete()


@transaction.atomic
def accept_invitation(
    *, invitation: Invitation, person: User, principal: Principal, request: Asked = None
) -> Membership:
    """Make the invited person a member. Raises Http404 for an offer that no longer stands."""
    now = _locked(invitation)
    # The secret may have been replaced while this waited for the lock.
    if now.secret_hash != invitation.secret_hash or now.expires_at <= timezone.now():
        raise Http404
    if not owns_address(person, now.email):
        message = "This invitation is for another address. Log in with the one it was sent to."
        raise Refused("wrong_address", message, status=403)
    organization = now.organization
    membership = organization.memberships.filter(user=person).first()
    if membership is None:
        require_room_for_member(organization, with_open_invitations=False)
        membership = Membership.objects.create(
            organization=organization, user=person, role=now.role
        )
        _log(now, "member.join", principal, request)
    now.delete()
    return membership


def _locked(invitation: Invitation) -> Invitation:
    organization = locked(invitation.organization)
    now = organization.invitations.filter(pk=invitation.pk).first()
    if now is None:
        raise Http404
    now.organization = organization
    return now


def _send(invitation: Invitation, action: str, principal: Principal, request: Asked) -> None:
    _stay_below_most_mails(invitation.organization)
    _count_mail(_answering(principal))
    secret = secrets.token_urlsafe(32)
    invitation.secret_hash = hash_secret(secret)
    invitation.expires_at = timezone.now() + GOOD_FOR
    _keep(invitation)
    _log(invitation, action, principal, request)
    # What a team calls its tokens is nothing for those outside.
    inviter = principal.user.email if principal.user else invitation.organization.name
    transaction.on_commit(lambda: send_invitation(invitation, secret, inviter))


def _keep(invitation: Invitation) -> None:
    """Store an invitation. Raises Http404 when it was deleted with its person meanwhile."""
    if invitation.pk is None:
        invitation.save()
        return
    fields = {"secret_hash": invitation.secret_hash, "expires_at": invitation.expires_at}
    if not Invitation.objects.filter(pk=invitation.pk).update(**fields):
        raise Http404


def _answering(principal: Principal) -> int | None:
    """Return the key of who answers for an invitation; for a token's it is who made the token."""
    return principal.user.pk if principal.user else principal.created_by


def _stay_below_most_mails(organization: Organization) -> None:
    today = timezone.now() - timedelta(days=1)
    mails = ["invitation.send", "invitation.resend"]
    if organization.audit_entries.filter(action__in=mails, at__gt=today).count() >= MOST_MAILS:
        raise _too_many()


def _count_mail(person: int | None) -> None:
    """Count a mail of a person's day; other organizations of theirs are no way around the limit."""
    today = timezone.now().date()
    for inviter in User.objects.select_for_update(no_key=True).filter(pk=person or 0):
        count = inviter.invited_count if inviter.invited_on == today else 0
        if count >= MOST_MAILS:
            raise _too_many()
        User.objects.filter(pk=inviter.pk).update(invited_on=today, invited_count=count + 1)


def _too_many() -> Refused:
    message = f"{MOST_MAILS} invitations were mailed within a day, which is the most."
    return Refused("too_many_invitations", f"{message} Try again tomorrow.", status=429)


def _log(invitation: Invitation, action: str, principal: Principal, request: Asked) -> None:
    record(
        organization=invitation.organization,
        principal=principal,
        action=action,
        target=invitation.email,
        detail={"role": invitation.role},
        request=request,
    )
