"""What a process knows of the registry: fresh, bounded, and there when the registry is not."""

import asyncio
import time

import pytest
import redis
from msgspec import structs
from redis.backoff import NoBackoff
from redis.retry import Retry

from analytics_saas import redis as stores
from collector.door import copies
from collector.door.copies import Copies
from collector.door.rulebook import find_rules
from collector.problem import Problem
from collector.tests.door import PAGE, post, publish
from projects import registry
from projects.models import Project
from projects.registry import RegistryUnavailable

AWAY = redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))


@pytest.fixture
def rules():
    """A published project, of which this process knows nothing yet."""
    return publish()


@pytest.fixture
def asked():
    """The look-ups that were made, each a set of names."""
    return []


@pytest.fixture
def book(asked):
    """Copies over the real registry."""

    def read(names):
        asked.append(set(names))
        return registry.find_many(names)

    return Copies(read, life=10, keeps_old=True)


@pytest.fixture
def away(monkeypatch):
    """The way to lose the cache and, unless `kept`, the durable copy too."""

    def lose(kept=False):
        monkeypatch.setattr(registry, "cache", lambda: AWAY)
        if not kept:
            monkeypatch.setattr(registry.kept, "queue", lambda: AWAY)

    return lose


def find_all(book, *names):
    """Ask for many names at once."""

    async def run():
        return await asyncio.gather(*map(book.find, names))

    return asyncio.run(run())


def test_what_is_asked_for_at_once_is_looked_up_at_once(rules, book, asked):
    """The first one alone, all others together after it."""
    names = [PAGE["p"], *(f"p_{number:012}" for number in range(1_000))]
    assert find_all(book, *names) == [rules] + [None] * 1_000
    assert len(asked) <= 2
    assert find_all(book, *names) == [rules] + [None] * 1_000
    assert len(asked) <= 2


def test_names_that_nobody_has_are_forgotten(rules, book, monkeypatch):
    """Made-up ones never push a project out, nor take more than their room."""
    monkeypatch.setattr(copies, "MOST_UNKNOWN", 10)
    find_all(book, PAGE["p"])
    for number in range(30):
        find_all(book, f"p_{number:012}")
    assert len(book._unknown) <= 10
    assert set(book._known) == {PAGE["p"]}


def test_a_copy_is_read_anew_before_it_is_old(rules, book, asked):
    """By nobody who waits: the old one is answered meanwhile."""
    find_all(book, PAGE["p"])
    book._known[PAGE["p"]] = (time.monotonic() - 6, "old")

    async def run():
        first = await book.find(PAGE["p"])
        await book._reader
        return first, await book.find(PAGE["p"])

    assert asyncio.run(run()) == ("old", rules)
    assert len(asked) == 2


def test_a_copy_that_is_old_is_never_answered(rules, book):
    """Such as one of a project that nobody visited for a while."""
    find_all(book, PAGE["p"])
    book._known[PAGE["p"]] = (time.monotonic() - 11, "old")
    assert find_all(book, PAGE["p"]) == [rules]
    registry.withdraw(PAGE["p"])
    book._known[PAGE["p"]] = (time.monotonic() - 11, "old")
    assert find_all(book, PAGE["p"]) == [None]


def test_without_the_registry_a_process_keeps_what_it_knows(rules, book, asked, away):
    """It cannot say of others that they do not exist, and asks again a second later."""
    find_all(book, PAGE["p"])
    away()
    book._known[PAGE["p"]] = (time.monotonic() - 1_000, rules)
    assert find_all(book, PAGE["p"]) == [rules]
    for _ in range(5):
        with pytest.raises(RegistryUnavailable):
            find_all(book, "p_000000000000")
    assert len(asked) == 2


def test_a_fresh_process_learns_projects_from_the_durable_copy(rules, book, asked, away):
    """Without cache and SQL; it cannot say of others that they do not exist."""
    away(kept=True)
    for _ in range(5):
        with pytest.raises(RegistryUnavailable):
            find_all(book, "p_000000000000")
    assert find_all(book, PAGE["p"], PAGE["p"]) == [rules, rules]
    assert len(asked) == 2


def test_a_project_that_was_withdrawn_is_not_in_the_durable_copy(rules, book, away):
    """And what changed is new in it."""
    changed = structs.replace(rules, zone="UTC")
    registry.push(changed)
    registry.push(structs.replace(rules, id=8, public_id="p_bbbbbbbbbbbb"))
    registry.withdraw("p_bbbbbbbbbbbb")
    away(kept=True)
    assert find_all(book, PAGE["p"]) == [changed]
    with pytest.raises(RegistryUnavailable):
        find_all(book, "p_bbbbbbbbbbbb")


def test_what_must_not_grow_old_is_not_kept(rules, away):
    """Such as a token that may have been revoked."""
    book = Copies(registry.find_many, life=10, keeps_old=False)
    find_all(book, PAGE["p"])
    away()
    book._known[PAGE["p"]] = (time.monotonic() - 11, rules)
    with pytest.raises(RegistryUnavailable):
        find_all(book, PAGE["p"])


def test_an_unknown_project_is_503_while_nobody_can_tell(rules, monkeypatch):
    """And a known one is served."""
    assert post(PAGE)[0] == 202
    monkeypatch.setattr(registry, "cache", lambda: AWAY)
    status, headers, _ = post(PAGE | {"p": "p_bbbbbbbbbbbb"})
    assert (status, headers[b"retry-after"]) == (503, b"5")
    assert post(PAGE)[0] == 202


@pytest.mark.django_db(transaction=True)
def test_a_registry_that_lost_everything_is_rebuilt_from_sql(cast):
    """Once, whoever asks."""
    publish()
    stores.cache().delete(registry.RULES_KEY, registry.COMPLETE_KEY)
    project = Project.objects.create(
        organization=cast.organization, name="Shop", domain="x", time_zone="UTC"
    )
    assert asyncio.run(find_rules(project.public_id)).id == project.pk
    with pytest.raises(Problem, match="no project"):
        asyncio.run(find_rules(PAGE["p"]))
    assert stores.cache().get(registry.COMPLETE_KEY)
