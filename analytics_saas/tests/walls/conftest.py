"""The worlds that every wall stands in."""

import pytest
from django.db import transaction

from analytics_saas.tests.walls import world as worlds


@pytest.fixture
def world(db):
    """Two organizations and everybody, for a test that changes them."""
    return worlds.build()


@pytest.fixture(scope="module")
def lasting_world(django_db_setup, django_db_blocker):
    """The same for all tests of a file, which take back whatever they do."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)
