"""The SQL store is the one the run asked for, and models and migrations agree on it."""

import pytest
from django.core.management import call_command
from django.db import connection

pytestmark = pytest.mark.django_db


def test_the_run_uses_the_database_it_asked_for(pytestconfig):
    """A run on PostgreSQL never falls back to SQLite."""
    asked = "postgresql" if pytestconfig.getoption("postgresql") else "sqlite"
    assert connection.vendor == asked


def test_every_model_change_has_its_migration():
    """makemigrations finds nothing to write."""
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
