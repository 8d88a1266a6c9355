"""One project of the members' organization, and one of the stranger's."""

import pytest

from accounts.tests.cast import MEMBERS, OUTSIDERS
from projects.services import create_project

EVERYBODY = (*MEMBERS, *OUTSIDERS, "anonymous")


@pytest.fixture
def project(cast):
    """The members' project."""
    return create_project(
        organization=cast.organization, name="Shop", domain="example.com", time_zone="UTC"
    )


@pytest.fixture
def foreign(cast):
    """The stranger's project."""
    organization = cast.stranger.organizations.get()
    return create_project(
        organization=organization, name="Theirs", domain="example.org", time_zone="UTC"
    )
