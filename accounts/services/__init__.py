"""Every change to people and organizations."""

from django.db import transaction

from accounts.models import Membership, Organization, Role, User


@transaction.atomic
def create_person_organization(*, person: User) -> Organization:
    """Give a new person an organization of their own, with them as its owner."""
    name = person.email.partition("@")[0][:100]
    organization = Organization.objects.create(name=f"{name}'s organization")
    Membership.objects.create(organization=organization, user=person, role=Role.OWNER)
    return organization
