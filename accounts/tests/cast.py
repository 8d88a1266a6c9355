"""The same people in every test: one of each role, one who was removed, one who never belonged."""

from dataclasses import dataclass

import pytest
from django.test import Client

MEMBERS = ("owner", "admin", "editor", "viewer", "billing")
OUTSIDERS = ("removed", "stranger")


@dataclass(frozen=True)
class Cast:
    """`organization` is where the members belong; the outsiders have one of their own each."""

    organization: object
    owner: object
    admin: object
    editor: object
    viewer: object
    billing: object
    removed: object
    stranger: object

    def client(self, who: str) -> Client:
        """Return a browser in which one of them is logged in; nobody is for `anonymous`."""
        browser = Client()
        if who != "anonymous":
            browser.force_login(getattr(self, who))
        return browser

    def call(self, who: str, method: str, path: str, body: object = None):
        """Ask the API as one of them; the answer's `json()` is its body."""
        ask = getattr(self.client(who), method.lower())
        return ask(path) if body is None else ask(path, body, content_type="application/json")

    def membership(self, who: str):
        """Return someone's place in the organization."""
        return self.organization.memberships.get(user=getattr(self, who))


def person(address: str):
    """Make a person with a verified address and an organization of their own, but no password."""
    from allauth.account.models import EmailAddress

    from accounts.models import User
    from accounts.services import create_person_organization

    user = User.objects.create_user(address)
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    create_person_organization(person=user)
    return user


def second_factor(user) -> None:
    """Give a person a second factor."""
    from allauth.mfa.models import Authenticator

    kind = Authenticator.Type.TOTP
    Authenticator.objects.create(user=user, type=kind, data={"secret": "x"})


@pytest.fixture
def cast(db) -> Cast:
    """Everybody, and the organization on a plan with room for more."""
    from accounts.models import Membership, Organization

    organization = Organization.objects.create(name="Acme", plan="growth")
    people = {who: person(f"{who}@example.com") for who in (*MEMBERS, *OUTSIDERS)}
    for who in (*MEMBERS, "removed"):
        role = "editor" if who == "removed" else who
        Membership.objects.create(organization=organization, user=people[who], role=role)
    organization.memberships.get(user=people["removed"]).delete()
    return Cast(organization=organization, **people)
