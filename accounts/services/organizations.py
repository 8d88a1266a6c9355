"""An organization from its founding to its end."""

import logging
from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from accounts.audit import record
from accounts.billing import billing
from accounts.errors import Refused
from accounts.models import Membership, Organization, Role, User
from accounts.principal import Principal
from accounts.tokens import changes
from accounts.validators import plain_name

log = logging.getLogger(__name__)

# Whoever keeps things for an organization that SQL does not delete by itself.
Farewell = Callable[[Organization, Principal | None], None]
_farewells: list[Farewell] = []

MOST_OWNED = 20
NAMELESS = "My organization"


def before_deletion(farewell: Farewell) -> Farewell:
    """Register what is called, inside the transaction, before an organization is deleted."""
    _farewells.append(farewell)
    return farewell


def locked(organization: Organization) -> Organization:
    """Return the organization as it is now, changed by nobody else until the transaction ends."""
    found = Organization.objects.select_for_update().filter(pk=organization.pk).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def create_person_organization(*, person: User) -> Organization:
    """Give a new person an organization of their own, with them as its owner."""
    name = _first_name_for(person)
    return _found(person, name, Principal(user=person), None)


def _first_name_for(person: User) -> str:
    """Return a name after the address, unless that address was made to be read as a message."""
    name = f"{person.email.partition('@')[0][:100]}'s organization"
    try:
        plain_name(name)
    except ValidationError:
        return NAMELESS
    return name


@transaction.atomic
def create_organization(
    *, name: str, principal: Principal, person: User, request: HttpRequest | Request | None = None
) -> Organization:
    """Found another organization, owned by its founder."""
    # Counted one after the other: requests that come at once would each see the last place free.
    list(User.objects.select_for_update(no_key=True).filter(pk=person.pk))
    if person.memberships.filter(role=Role.OWNER).count() >= MOST_OWNED:
        message = f"You own {MOST_OWNED} organizations, which is the most. Delete one first."
        raise Refused("too_many_organizations", message)
    return _found(person, name, principal, request)


def _found(
    person: User, name: str, principal: Principal, request: HttpRequest | Request | None
) -> Organization:
    organization = Organization.objects.create(name=name)
    Membership.objects.create(organization=organization, user=person, role=Role.OWNER)
    record(
        organization=organization,
        principal=principal,
        action="organization.create",
        target=name,
        request=request,
    )
    return organization


@transaction.atomic
def edit_organization(
    *,
    organization: Organization,
    principal: Principal,
    name: str | None = None,
    requires_two_factor: bool | None = None,
    request: HttpRequest | Request | None = None,
) -> Organization:
    """Rename it, or say whether its members need a second factor; None leaves a thing as it is."""
    now = locked(organization)
    if name is not None and name != now.name:
        renamed = {"from": now.name, "to": name}
        record(
            organization=now,
            principal=principal,
            action="organization.rename",
            target=name,
            detail=renamed,
            request=request,
        )
        now.name = name
    if requires_two_factor is not None and requires_two_factor != now.requires_two_factor:
        if requires_two_factor and principal.user and not is_mfa_enabled(principal.user):
            message = "Set up a second factor for yourself first, or you would lock yourself out."
            raise Refused("no_second_factor", message, "requires_two_factor")
        record(
            organization=now,
            principal=principal,
            action="organization.two_factor",
            target=now.name,
            detail={"required": requires_two_factor},
            request=request,
        )
        now.requires_two_factor = requires_two_factor
    now.save(update_fields=["name", "requires_two_factor"])
    return now


@transaction.atomic
def delete_organization(
    *,
    organization: Organization,
    principal: Principal | None,
) -> None:
    """Delete an organization with all that it has; its log goes with it."""
    now = locked(organization)
    for farewell in _farewells:
        farewell(now, principal)
    billing().close(organization=now)
    public_id = now.public_id
    changes.tell(now.tokens.values_list("secret_hash", flat=True))
    now.delete()
    log.info("organization %s is deleted", public_id)
