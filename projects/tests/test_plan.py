"""What a plan and the end of an organization mean for its projects."""

import pytest

from accounts.errors import LimitReached
from accounts.principal import Principal
from accounts.services.organizations import delete_organization
from projects import registry
from projects.models import Project
from projects.services import create_project

pytestmark = pytest.mark.django_db(transaction=True)


def make(cast, name="Shop"):
    """A project of the organization."""
    return create_project(
        organization=cast.organization, name=name, domain="example.com", time_zone="UTC"
    )


def test_a_plan_holds_so_many_projects(cast):
    """The page says which limit and what to do, and keeps what was typed."""
    cast.organization.plan = "free"
    cast.organization.save()
    for number in range(5):
        make(cast, str(number))
    with pytest.raises(LimitReached, match="allows 5 projects"):
        make(cast)
    form = {
        "name": "Sixth",
        "domain": "example.com",
        "time_zone": "UTC",
        "organization": cast.organization.public_id,
    }
    page = cast.client("admin").post("/projects/new/", form).content.decode()
    assert "allows 5 projects" in page
    assert 'value="Sixth"' in page
    assert Project.objects.filter(organization=cast.organization).count() == 5


def test_projects_go_with_their_organization(cast):
    """The registry no longer knows them, so that the collector counts nothing more."""
    project = make(cast)
    assert registry.find(project.public_id)
    principal = Principal(user=cast.owner)
    delete_organization(organization=cast.organization, principal=principal)
    assert not Project.objects.filter(pk=project.pk).exists()
    assert registry.find(project.public_id) is None
