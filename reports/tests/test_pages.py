"""The dashboard's page: who gets it, and what it tells its script."""

import re
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders

from accounts.models import Membership, Role, User
from accounts.services import create_person_organization, record_usage
from accounts.usage import this_month
from projects.services import create_project

pytestmark = pytest.mark.django_db(transaction=True)


def person(address):
    """A person with an organization of their own."""
    user = User.objects.create_user(address, "a long enough passphrase")
    create_person_organization(person=user)
    return user


@pytest.fixture
def owner():
    """Owns the project."""
    return person("owner@example.com")


@pytest.fixture
def project(owner):
    """The owner's project, with a name that is markup."""
    return create_project(
        organization=owner.organizations.get(),
        name='"><script>x',
        domain="example.com",
        time_zone="Asia/Kolkata",
    )


def address(project):
    """Where the dashboard is."""
    return f"/projects/{project.public_id}/"


def test_the_owner_gets_the_page_and_its_script(client, owner, project):
    """The project is told by attributes, escaped; the named files exist."""
    client.force_login(owner)
    page = client.get(address(project)).content.decode()
    assert f'data-project="{project.public_id}"' in page
    assert 'data-zone="Asia/Kolkata"' in page
    assert "<script>x" not in page
    files = re.findall(r'/static/(dashboard/[^"]+\.(?:js|css))"', page)
    assert len(files) == 2
    assert all(finders.find(file) for file in files)


def test_a_viewer_of_the_organization_gets_it(client, project):
    """Every role may read."""
    viewer = person("viewer@example.com")
    Membership.objects.create(organization=project.organization, user=viewer, role=Role.VIEWER)
    client.force_login(viewer)
    assert client.get(address(project)).status_code == 200


def test_a_stranger_sees_nothing(client, project):
    """A foreign project looks like one that is not there."""
    client.force_login(person("stranger@example.com"))
    foreign = client.get(address(project))
    absent = client.get("/projects/p_000000000000/")
    assert (foreign.status_code, foreign.content) == (404, absent.content)


def test_nobody_is_asked_to_log_in_and_led_back(client, project):
    """Anonymous people go to the log-in page."""
    answer = client.get(address(project))
    assert answer.status_code == 302
    assert answer["location"] == f"/accounts/login/?next={address(project)}"


@pytest.mark.parametrize(("who", "says"), [("viewer", "Ask an owner"), ("owner", "usage/")])
def test_after_two_months_over_the_plan_the_page_asks_to_upgrade(client, cast, who, says):
    """The dashboard stays, and nothing is locked."""
    project = create_project(
        organization=cast.organization, name="Shop", domain="example.com", time_zone="UTC"
    )
    month = this_month()
    for _ in range(2):
        client.force_login(getattr(cast, who))
        assert b"Two months in a row" not in client.get(address(project)).content
        month = (month - timedelta(days=1)).replace(day=1)
        record_usage(organization_id=cast.organization.pk, month=month, events=9_000_000)
    page = client.get(address(project)).content.decode()
    assert "Two months in a row" in page
    assert says in page
    assert f'data-project="{project.public_id}"' in page
