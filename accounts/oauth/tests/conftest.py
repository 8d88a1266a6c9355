"""An app, and projects that it may be let at."""

import pytest

from accounts.oauth.tests import third_party

SITE = {"domain": "x.example", "time_zone": "UTC"}


@pytest.fixture
def app(db):
    """A public app."""
    return third_party.register()


@pytest.fixture
def shop(cast):
    """A project of the cast's organization."""
    return cast.organization.projects.create(name="Shop", **SITE)


@pytest.fixture
def blog(cast):
    """Another one."""
    return cast.organization.projects.create(name="Blog", **SITE)


@pytest.fixture
def foreign(cast):
    """A project that only the stranger sees."""
    return cast.stranger.organizations.get().projects.create(name="Secret", **SITE)
