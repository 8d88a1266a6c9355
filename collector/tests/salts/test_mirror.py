"""After a restart of everything on one machine visitors are who they were."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest

from collector.salts import memory, mirror
from collector.salts.days import GRACE, day_end, local_day
from collector.salts.keeper import Keeper
from collector.tests.salts.host import another_host, own_id

ZONE = "America/St_Johns"
MEMORY = Path("/dev/shm")
TODAY = local_day(ZONE, datetime.now(UTC))

pytestmark = pytest.mark.skipif(not MEMORY.is_dir(), reason="there is no tmpfs")


@pytest.fixture
def place(monkeypatch):
    """A folder of a tmpfs, told to this process and to those it starts."""
    folder = Path(mkdtemp(prefix="daysalt-test-", dir=MEMORY))
    monkeypatch.setattr(mirror, "env", replace(mirror.env, salt_mirror_dir=folder))
    monkeypatch.setenv("SALT_MIRROR_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


def files(place):
    """The mirror's files, oldest first."""
    return sorted(place.glob("*/*"))


def test_after_a_restart_of_cache_and_collector_visitors_are_the_same(place, emptied):
    """The cache is new, nobody else is there, and the first host is gone."""
    own_id(ZONE, TODAY)
    with another_host() as before:
        theirs = before.ask(f"id {ZONE} {TODAY}")
        before.ask("tick")
    memory.wipe_all()
    emptied()
    with another_host() as after:
        assert after.ask(f"id {ZONE} {TODAY}") == theirs


def test_only_we_can_read_it(place):
    """One file for each salt, in a folder of this DATA_DIR."""
    own_id(ZONE, TODAY)
    Keeper().tick(datetime.now(UTC))
    today, tomorrow = files(place)
    assert today.parent.stat().st_mode & 0o777 == 0o700
    assert today.stat().st_mode & 0o777 == tomorrow.stat().st_mode & 0o777 == 0o600
    assert bytes(memory.held()[(ZONE, TODAY)].key) in today.read_bytes()


def test_it_is_overwritten_and_removed_five_minutes_after_its_day(place):
    """Also by a process that did not write it."""
    own_id(ZONE, TODAY)
    Keeper().tick(datetime.now(UTC))
    today, tomorrow = files(place)
    file = os.open(today, os.O_RDONLY)
    memory.wipe_all()
    end = day_end(ZONE, TODAY) + GRACE
    Keeper().tick(end - timedelta(seconds=4))
    assert files(place) == [today, tomorrow]
    Keeper().tick(end)
    assert files(place) == [tomorrow]
    assert os.read(file, 100) == bytes(48)
    os.close(file)


def test_what_another_folder_of_data_left_is_removed_too(place):
    """It may never be used again."""
    own_id(ZONE, TODAY)
    Keeper().tick(datetime.now(UTC))
    left = mirror.folder().with_name(f"daysalt-{os.getuid()}-left")
    mirror.folder().rename(left)
    memory.wipe_all()
    Keeper().tick(day_end(ZONE, TODAY) + GRACE)
    assert [file.parent for file in files(place)] == [left]
    Keeper().tick(day_end(ZONE, TODAY) + GRACE + timedelta(days=2))
    assert files(place) == []


def test_an_old_empty_folder_goes_and_comes_back_with_the_next_salt(place):
    """What temporary DATA_DIRs left would else stay until the machine restarts."""
    keeper, now = Keeper(), datetime.now(UTC)
    unused, fresh = (place / f"daysalt-{os.getuid()}-{name}" for name in ("unused", "fresh"))
    for folder in (unused, fresh):
        folder.mkdir(mode=0o700)
    ours = mirror.folder()
    yesterday = now.timestamp() - mirror.UNUSED_SECONDS - 1
    for folder in (unused, ours):
        os.utime(folder, (yesterday, yesterday))
    keeper.tick(now)
    assert (unused.exists(), ours.exists(), fresh.exists()) == (False, False, True)
    own_id(ZONE, TODAY)
    keeper.tick(now)
    assert {file.parent for file in files(place)} == {ours}


def test_a_salt_of_a_development_clock_is_not_mirrored(place):
    """It has no place among real days."""
    own_id(ZONE, datetime(2021, 3, 1, tzinfo=UTC).date())
    Keeper().tick(datetime.now(UTC))
    assert files(place) == []


@pytest.mark.parametrize("content", [b"", b"half", bytes(48)], ids=["empty", "cut", "wiped"])
def test_a_broken_file_is_no_salt(place, content):
    """Cut off, or overwritten a moment ago."""
    own_id(ZONE, TODAY)
    Keeper().tick(datetime.now(UTC))
    files(place)[0].write_bytes(content)
    assert mirror.find(mirror.folder(), (ZONE, TODAY)) is None


def test_a_folder_that_others_can_read_is_not_used(place, caplog):
    """Somebody may have put it there for us."""
    mirror.folder().chmod(0o755)
    assert mirror.folder() is None
    assert "not a folder that only we can read" in caplog.text


def test_a_link_is_not_followed(place):
    """To wherever somebody wants it."""
    other = place / "other"
    other.mkdir(mode=0o700)
    ours = mirror.folder()
    ours.rmdir()
    ours.symlink_to(other)
    assert mirror.folder() is None


def test_a_disk_is_not_used(monkeypatch, tmp_path, caplog):
    """Salts reach none."""
    if mirror._file_system(tmp_path) in mirror.MEMORY_FILES:
        pytest.skip("temporary files lie in memory here")
    monkeypatch.setattr(mirror, "env", replace(mirror.env, salt_mirror_dir=tmp_path))
    assert mirror.folder() is None
    assert "on a disk" in caplog.text


def test_it_can_be_off(monkeypatch):
    """With an empty setting."""
    monkeypatch.setattr(mirror, "env", replace(mirror.env, salt_mirror_dir=None))
    assert mirror.folder() is None
