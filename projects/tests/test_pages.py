"""From sign-up to the snippet, for the owner, a teammate and a stranger."""

import pytest
from django.urls import reverse

from accounts.models import Membership, Organization, Role, User
from accounts.services import create_person_organization
from projects import registry
from projects.models import Project
from projects.services import create_project

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough passphrase"


def person(address):
    """A person with an organization of their own."""
    user = User.objects.create_user(address, PASSWORD)
    create_person_organization(person=user)
    return user


@pytest.fixture
def owner():
    """Owns the project."""
    return person("owner@example.com")


@pytest.fixture
def project(owner):
    """The owner's project."""
    return create_project(
        organization=owner.organizations.get(),
        name="Shop",
        domain="example.com",
        time_zone="Europe/Berlin",
    )


def test_creating_a_project_leads_to_its_snippet(client, owner):
    """A pasted address is reduced to its host, and the registry knows the project."""
    client.force_login(owner)
    form = {"name": "Blog", "domain": "https://Blog.example.com/x", "time_zone": "Asia/Kolkata"}
    answer = client.post(reverse("projects:create"), form, follow=True)
    made = Project.objects.get(name="Blog")
    assert made.domain == "blog.example.com"
    assert made.public_id in answer.content.decode()
    assert registry.find(made.public_id) == made.rules()


def test_a_domain_in_any_script_is_kept_by_its_ascii_name(client, owner):
    """As browsers send it."""
    client.force_login(owner)
    form = {"name": "Shop", "domain": "https://Bücher.example/", "time_zone": "UTC"}
    assert client.post(reverse("projects:create"), form).status_code == 302
    assert Project.objects.get().domain == "xn--bcher-kva.example"


def test_an_address_longer_than_any_mailbox_is_refused(client):
    """PostgreSQL would not store it."""
    form = {"email": f"{'x' * 260}@example.com", "password1": PASSWORD}
    answer = client.post(reverse("account_signup"), form)
    assert "at most 254 characters" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("domain", "not a domain", "Type one such as example.com"),
        ("domain", "http://", "Type one such as example.com"),
        ("domain", "https://[bad", "Type one such as example.com"),
        ("domain", "é" * 70 + ".example", "Type one such as example.com"),
        ("time_zone", "Berlin", "Type one such as Europe/Berlin"),
        ("name", "", "This field is required"),
    ],
)
def test_a_bad_field_says_what_to_type(client, owner, field, value, says):
    """The sentence stands on the page and nothing is made."""
    client.force_login(owner)
    form = {"name": "Blog", "domain": "example.com", "time_zone": "UTC"} | {field: value}
    answer = client.post(reverse("projects:create"), form)
    assert says in answer.content.decode()
    assert not Project.objects.exists()


def test_a_teammate_sees_the_project_and_a_stranger_does_not(client, project):
    """To a stranger it looks absent; without log-in, the log-in page comes first."""
    page = reverse("projects:setup", args=[project.public_id])
    assert client.get(page).status_code == 302
    teammate = User.objects.create_user("mate@example.com", PASSWORD)
    Membership.objects.create(
        organization=Organization.objects.get(), user=teammate, role=Role.VIEWER
    )
    client.force_login(teammate)
    assert client.get(page).status_code == 200
    client.force_login(person("stranger@example.com"))
    assert client.get(page).status_code == 404
    assert b"Shop" not in client.get(reverse("projects:list")).content


def test_the_registry_is_rebuilt_from_sql_when_the_cache_is_empty(project):
    """An unknown project is only called unknown from a complete snapshot."""
    from analytics_saas.redis import cache

    cache().delete(registry.RULES_KEY, registry.COMPLETE_KEY)
    assert registry.find(project.public_id) == project.rules()
    assert registry.find("p_000000000000") is None


def test_a_project_made_while_the_registry_is_rebuilt_is_not_lost(project):
    """It was pushed after SQL was read: for the rebuild it does not exist yet."""
    from analytics_saas.redis import cache

    cache().delete(registry.RULES_KEY, registry.COMPLETE_KEY)
    newer = registry.ProjectRules(project.pk + 1, "p_newer0000000", "UTC")
    registry.push(newer)
    assert registry.find(project.public_id) == project.rules()
    assert registry.find(newer.public_id) == newer
    registry.withdraw(newer.public_id)


def test_a_person_without_an_organization_is_told_the_way(client):
    """Whoever left the last one finds how to go on."""
    client.force_login(User.objects.create_user("alone@example.com", PASSWORD))
    page = client.get(reverse("projects:list")).content.decode()
    assert "you are in none" in page
    assert reverse("organizations:create") in page
