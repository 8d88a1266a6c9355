"""What the hot path knows of API tokens, from their making to every kind of their end."""

from datetime import timedelta

import pytest
import redis
import time_machine
from django.utils import timezone
from msgspec import structs
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.models import ApiToken, Role
from accounts.principal import Principal
from accounts.services.erasure import erase_person
from accounts.services.members import change_role, remove_member
from accounts.services.organizations import delete_organization
from accounts.tokens.services import create_token, revoke_token
from analytics_saas.redis import cache
from projects.danger.services import transfer_project
from projects.models import Project
from projects.registry import RegistryUnavailable, keys

pytestmark = pytest.mark.django_db(transaction=True)
AWAY = redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))


@pytest.fixture(autouse=True)
def nothing_known():
    """An empty snapshot, as after a loss of the cache."""
    cache().delete(keys.KEYS_KEY, keys.COMPLETE_KEY)
    keys._used_on.clear()


@pytest.fixture
def project(cast):
    """A project of the organization."""
    organization = cast.organization
    return Project.objects.create(
        organization=organization, name="Shop", domain="x", time_zone="UTC"
    )


def made(cast, who="owner", scopes=("events:write",), **more):
    """A new token of the organization; return it and what it is called in the registry."""
    principal = Principal(user=getattr(cast, who))
    token, text = create_token(
        organization=cast.organization,
        principal=principal,
        name="Server",
        scopes=scopes,
        **more,
    )
    return token, keys.name_of(text)


def pushed(name):
    """Whether the snapshot has a token, whoever asks."""
    return cache().hexists(keys.KEYS_KEY, name)


def test_a_new_token_is_pushed_with_what_it_may_do(cast, project):
    """In the whole organization, or in the projects that it is bound to."""
    _, name = made(cast)
    key = keys.find_many([name])[name]
    assert pushed(name)
    assert (key.may_send, key.reaches(project.rules())) == (True, True)
    _, reader = made(cast, scopes=["stats:read"])
    assert not keys.find_many([reader])[reader].may_send
    other = Project.objects.create(organization=cast.organization, name="B", time_zone="UTC")
    _, bound = made(cast, projects=[other])
    key = keys.find_many([bound])[bound]
    assert (key.reaches(project.rules()), key.reaches(other.rules())) == (False, True)


def test_a_foreign_project_is_never_reached(cast, project):
    """Nor one of which an older snapshot does not say whose it is."""
    _, name = made(cast)
    key = keys.find_many([name])[name]
    project.organization = cast.stranger.organizations.get()
    assert not key.reaches(project.rules())
    older = structs.replace(project.rules(), organization_id=0)
    assert not key.reaches(older)


def revoked(cast, token):
    """By hand."""
    revoke_token(token=token, principal=Principal(user=cast.owner))


def removed(cast, token):
    """Its maker leaves."""
    remove_member(membership=cast.membership("admin"), principal=Principal(user=cast.owner))


def lowered(cast, token):
    """Its maker may no longer make tokens."""
    owner = Principal(user=cast.owner)
    change_role(membership=cast.membership("admin"), role=Role.VIEWER, principal=owner)


def erased(cast, token):
    """Its maker is erased."""
    erase_person(person=cast.admin)


def closed(cast, token):
    """Its organization is deleted."""
    delete_organization(organization=cast.organization, principal=None)


@pytest.mark.parametrize("end", [revoked, removed, lowered, erased, closed])
def test_a_token_that_ends_is_withdrawn_at_once(cast, end):
    """Each way to its end is told."""
    token, name = made(cast, who="admin")
    assert name in keys.find_many([name])
    end(cast, token)
    assert not pushed(name)
    assert keys.find_many([name]) == {}


def test_a_bound_token_loses_a_project_that_is_transferred(cast, project):
    """It stays lost when the project comes back."""
    _, name = made(cast, projects=[project])
    elsewhere = cast.owner.organizations.exclude(pk=cast.organization.pk).get()
    for target in (elsewhere, cast.organization):
        owner = Principal(user=cast.owner)
        project = transfer_project(project=project, organization=target, principal=owner)
        assert not keys.find_many([name])[name].reaches(project.rules())


def test_a_token_that_expires_is_over_by_itself(cast):
    """No push is needed."""
    _, name = made(cast, expires_at=timezone.now() + timedelta(hours=1))
    key = keys.find_many([name])[name]
    assert not key.is_over()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert key.is_over()


def test_an_empty_cache_is_filled_from_sql(cast, django_assert_num_queries):
    """Once; then SQL is left alone."""
    _, name = made(cast)
    revoke_token(token=made(cast)[0], principal=Principal(user=cast.owner))
    cache().delete(keys.KEYS_KEY)
    assert name in keys.find_many([name])
    assert cache().hlen(keys.KEYS_KEY) == 1
    with django_assert_num_queries(0):
        assert name in keys.find_many([name])
        assert keys.find_many(["nobody's"]) == {}


def test_a_push_that_was_lost_does_not_last(cast):
    """The snapshot is complete for five minutes only."""
    token, name = made(cast)
    keys.find_many([name])
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    assert 0 < cache().ttl(keys.COMPLETE_KEY) <= 300
    cache().delete(keys.COMPLETE_KEY)
    assert keys.find_many([name]) == {}


def test_a_change_during_a_rebuild_is_not_lost(cast, monkeypatch):
    """What was read before it is read again."""
    token, name = made(cast)
    read = keys._read

    def slow(names):
        found = read(names)
        if names is None and not ApiToken.objects.get(pk=token.pk).revoked_at:
            revoke_token(token=token, principal=Principal(user=cast.owner))
        return found

    monkeypatch.setattr(keys, "_read", slow)
    keys.rebuild()
    assert not pushed(name)


def test_without_the_cache_sql_is_asked(cast, monkeypatch):
    """So a revoked token is refused then, too."""
    token, name = made(cast)
    monkeypatch.setattr(keys, "cache", lambda: AWAY)
    assert name in keys.find_many([name])
    revoke_token(token=token, principal=Principal(user=cast.owner))
    assert keys.find_many([name]) == {}


def test_without_sql_what_is_known_still_serves(cast, monkeypatch):
    """Of what is not known, nobody says that it does not exist."""
    _, name = made(cast)

    def fail(*_, **__):
        raise RegistryUnavailable("away")

    monkeypatch.setattr(keys, "_read", fail)
    assert name in keys.find_many([name])
    with pytest.raises(RegistryUnavailable):
        keys.find_many(["nobody's"])


def test_the_day_of_use_is_remembered(cast):
    """Once, as for every other use of a token."""
    token, name = made(cast)
    keys.find_many([name])
    token.refresh_from_db()
    assert token.last_used_on == timezone.now().date()


def test_a_text_that_is_no_token_has_no_name():
    """It costs no look-up."""
    assert keys.name_of("ds_o_" + "a" * 36) is None
    assert keys.name_of("") is None
