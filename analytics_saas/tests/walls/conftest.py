"""The world that every wall stands in."""

import pytest

from analytics_saas.tests.walls import world as worlds


@pytest.fixture
def world(db):
    """Two organizations and everybody."""
    return worlds.build()
