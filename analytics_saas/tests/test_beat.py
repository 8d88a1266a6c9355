"""The beat table starts tasks that exist, and none of them can pile up."""

import pytest

from analytics_saas.celery import app

TABLE = app.conf.beat_schedule


@pytest.fixture(scope="module")
def tasks():
    """What a worker knows."""
    app.loader.import_default_modules()
    return app.tasks


@pytest.mark.parametrize("entry", TABLE)
def test_every_entry_starts_a_task_that_needs_nothing(tasks, entry):
    """And what waited too long is not done late."""
    assert tasks[TABLE[entry]["task"]].name == TABLE[entry]["task"]
    assert "args" not in TABLE[entry] and "kwargs" not in TABLE[entry]
    assert TABLE[entry]["options"]["expires"] > 0


def test_every_task_is_started_by_beat(tasks):
    """A task that nobody starts is forgotten work."""
    ours = {name for name in tasks if not name.startswith("celery.")}
    assert ours == {entry["task"] for entry in TABLE.values()}
