"""The end of a person: what is theirs goes, and logs forget their name."""

import json
import re
from dataclasses import dataclass, field
from importlib import import_module

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import (
    ApiToken,
    AuditEntry,
    Invitation,
    Membership,
    Organization,
    OutgoingMail,
    Role,
    User,
)
from accounts.services.organizations import delete_organization
from accounts.tokens import changes

ERASED = "erased person"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What belongs to a person, found and not yet touched."""

    person: User
    addresses: frozenset[str]
    # They own these with nobody else: the first kind has other members, the second has none.
    stranded: list[Organization] = field(default_factory=list)
    alone: list[Organization] = field(default_factory=list)
    memberships: int = 0
    tokens: int = 0
    invitations: int = 0
    sessions: list[str] = field(default_factory=list)
    log_lines: int = 0


def plan_erasure(*, person: User) -> Erasure:
    """Return what erase_person would remove; nothing is changed."""
    # An address that they only claimed is somebody else's.
    proven = EmailAddress.objects.filter(user=person, verified=True)
    mails = proven.values_list("email", flat=True)
    addresses = frozenset({person.email.lower(), *(mail.lower() for mail in mails)})
    owned = [one.organization for one in _owned_alone(person)]
    members = {one.pk: one.memberships.count() for one in owned}
    return Erasure(
        person=person,
        addresses=addresses,
        stranded=[one for one in owned if members[one.pk] > 1],
        alone=[one for one in owned if members[one.pk] == 1],
        memberships=person.memberships.count(),
        tokens=person.tokens.filter(revoked_at=None).count(),
        invitations=_invitations(person, addresses).count(),
        sessions=_sessions_of(person),
        log_lines=sum(_lines(address).count() for address in addresses),
    )


@transaction.atomic
def erase_person(*, person: User) -> Erasure:
    """Erase a person. Raises Refused, before anything is done, where others would lose an owner."""
    # Whoever joins or leaves waits, so that the plan holds until it is carried out.
    ids = Membership.objects.filter(user=person).values("organization")
    list(Organization.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    plan = plan_erasure(person=person)
    if plan.stranded:
        names = ", ".join(f"{one.name} ({one.public_id})" for one in plan.stranded)
        raise Refused(
            "last_owner",
            f"They are the only owner of {names}, which others belong to. "
            "Make another member an owner first, or delete the organization.",
        )
    for organization in plan.alone:
        delete_organization(organization=organization, principal=None)
    tokens = ApiToken.objects.filter(created_by=person, revoked_at=None)
    changes.tell(tokens.values_list("secret_hash", flat=True))
    tokens.update(revoked_at=timezone.now())
    _invitations(person, plan.addresses).delete()
    OutgoingMail.objects.filter(recipients__in=[[one] for one in plan.addresses]).delete()
    for address in plan.addresses:
        _forget(address)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(person.pk)).delete()
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in plan.sessions:
        store(key).delete()
    # Addresses, second factors, linked accounts and memberships go with the person.
    person.delete()
    return plan


def _owned_alone(person: User) -> list[Membership]:
    owning = person.memberships.filter(role=Role.OWNER).select_related("organization")
    others = Membership.objects.filter(role=Role.OWNER, user__is_active=True).exclude(user=person)
    return list(owning.exclude(organization__in=others.values("organization")).order_by("pk"))


def _invitations(person: User, addresses: frozenset[str]) -> QuerySet[Invitation]:
    # Those to them, and those by them, which nobody would answer for.
    return Invitation.objects.filter(Q(email__in=addresses) | Q(invited_by=person))


def _sessions_of(person: User) -> list[str]:
    # A session names its person inside only, so each has to be opened.
    live = Session.objects.filter(expire_date__gt=timezone.now()).iterator()
    mine = str(person.pk)
    return [one.session_key for one in live if one.get_decoded().get("_auth_user_id") == mine]


def _lines(address: str) -> QuerySet[AuditEntry]:
    # An app acts as "App for somebody@example.com".
    places = ("actor", "target", "detail")
    named = Q()
    for place in places:
        named |= Q(**{f"{place}__icontains": address})
    return AuditEntry.objects.filter(named)


def _forget(address: str) -> None:
    # Not within a longer address, which is somebody else's.
    whole = re.compile(rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)
    for line in _lines(address):
        # A line may have gone with its organization meanwhile.
        AuditEntry.objects.filter(pk=line.pk).update(
            actor=whole.sub(ERASED, line.actor),
            target=whole.sub(ERASED, line.target),
            detail=json.loads(whole.sub(ERASED, json.dumps(line.detail, ensure_ascii=False))),
        )
