"""The cast, each with an address and a network of their own: no limit of one meets another."""

import re
import secrets

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User
from accounts.services import confirm_address, create_person_organization

PASSWORD = "a long enough passphrase"


def new_address(name="somebody"):
    """An address that no other test has."""
    return f"{name}-{secrets.token_hex(4)}@example.com"


def new_client(**extra):
    """A browser in a network that no other test has."""
    peer = ".".join(str(secrets.randbelow(254) + 1) for _ in range(3))
    return Client(REMOTE_ADDR=f"10.{peer}", **extra)


def new_person(name):
    """A person with a confirmed address and an organization of their own."""
    # Limits go by this number too, and it is given again after each test.
    number = secrets.randbelow(2**40) + 1
    person = User.objects.create_user(new_address(name), PASSWORD, pk=number)
    create_person_organization(person=person)
    confirm_address(person=person)
    return person


def mailed_code(address):
    """The code of the newest mail to an address."""
    newest = next(one for one in reversed(mail.outbox) if one.to == [address])
    return re.search(r"^[A-Z]{4}-[A-Z]{4}$", newest.body, re.MULTILINE).group()


def log_in(client, person, password=PASSWORD):
    """Log in by the form; the answer."""
    form = {"login": person.email, "password": password}
    return client.post(reverse("account_login"), form)


def is_in(client):
    """Whether pages behind the log-in are shown."""
    return client.get(reverse("projects:list")).status_code == 200


@pytest.fixture
def client():
    """Somebody's browser."""
    return new_client()


@pytest.fixture
def owner(db):
    """Owns an organization."""
    return new_person("owner")


@pytest.fixture
def teammate(owner):
    """Is in the owner's organization."""
    person = new_person("teammate")
    organization = owner.organizations.get()
    Membership.objects.create(organization=organization, user=person, role=Role.VIEWER)
    return person


@pytest.fixture
def stranger(db):
    """Has nothing to do with the others."""
    return new_person("stranger")
