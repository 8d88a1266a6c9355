"""Two organizations in the same tables: numbers, lists, bodies and invitations never mix."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.http import Http404
from django.test import Client
from django.utils import timezone

from accounts.access import get_organization, hash_secret
from accounts.principal import Principal
from accounts.tests.cast import second_factor
from analytics_saas.tests.walls import world as worlds
from analytics_saas.tests.walls.world import undone
from projects.models import Project, Segment
from reports import runner

pytestmark = pytest.mark.django_db
with_numbers = pytest.mark.usefixtures("clickhouse_tables")


def bodies(world, other):
    """Yield method, path and body of each request that names something by another's ids."""
    project, organization = world.own.ids["project_id"], world.own.ids["organization_id"]
    token = {"name": "T", "scopes": ["stats:read"], "projects": [other["project_id"]]}
    move = {"organization": other["organization_id"], "confirm": "Own"}
    inner = {"metrics": ["visitors"], "date_range": "day", "project_id": other["project_id"]}
    made = {"name": "P", "domain": "p.example", "time_zone": "UTC"}
    yield "post", f"/api/v1/organizations/{organization}/tokens", token
    yield "post", f"/api/v1/projects/{project}/transfer", move
    yield "post", "/api/v1/projects", made | {"organization": other["organization_id"]}
    yield "get", f"/api/v1/projects?organization={other['organization_id']}", None
    yield "post", "/api/v1/query", inner
    yield "post", "/api/v1/queries", {"project_id": project, "queries": [inner]}
    yield "post", "/api/v1/query", inner | {"site_id": project}


@with_numbers
def test_a_foreign_id_in_a_body_or_a_filter_is_as_good_as_none(world):
    """Whoever may everything in their own organization learns nothing of another."""
    client, foreign = world.clients["owner"], world.foreign.ids
    absent = {name: f"{value[:2]}{worlds.ABSENT}" for name, value in foreign.items()}
    for theirs, nobodys in zip(bodies(world, foreign), bodies(world, absent), strict=True):
        answers = []
        for method, path, body in (theirs, nobodys):
            data = {"data": json.dumps(body)} if body else {}
            with undone():
                answer = getattr(client, method)(path, content_type="application/json", **data)
            answers.append((answer.status_code, answer.content))
        assert answers[0] == answers[1], theirs
        assert answers[0][0] in (400, 404), theirs


def test_an_app_sees_the_organizations_of_chosen_projects_alone(world):
    """Its person may more than they let it do."""
    person = world.people["owner"]
    elsewhere = Project.objects.create(
        organization=person.organizations.exclude(pk=world.own.organization.pk).get(),
        name="Elsewhere", domain="z.example", time_zone="UTC",
    )  # fmt: skip
    scopes = frozenset({"stats:read"})
    app = Principal(user=person, scopes=scopes, project_ids=frozenset({elsewhere.pk}))
    assert get_organization(app, elsewhere.organization.public_id) == elsewhere.organization
    with pytest.raises(Http404):
        get_organization(app, world.own.ids["organization_id"])


def test_segments_and_shared_links_of_others_stay_theirs(world):
    """A colleague's own segment is not listed; a made-up or a revoked secret opens nothing."""
    project, owner = world.own.project, world.people["owner"]
    Segment.objects.create(project=project, owner=owner, name="Only mine", filters=[])
    path = f"/api/v1/projects/{project.public_id}/segments"
    assert "Only mine" in world.clients["owner"].get(path).content.decode()
    assert "Only mine" not in world.clients["admin"].get(path).content.decode()
    secret = world.headers["shared link"]["x-daysalt-share"]
    anybody = world.clients["anonymous"]
    assert anybody.get(f"/share/{secret}/").status_code == 200
    assert anybody.get(f"/share/{'x' * 22}/").status_code == 404
    project.shared_links.update(revoked_at=timezone.now())
    assert anybody.get(f"/share/{secret}/").status_code == 404


def test_no_customer_gets_into_the_admin(world):
    """Whatever their role, second factor or none."""
    for who in worlds.ROLES:
        second_factor(world.people[who])
        assert world.clients[who].get("/admin/accounts/user/").status_code in (302, 403)


def test_an_invitation_lets_in_only_who_proved_its_address(world):
    """Whoever has the secret and claims the address stays outside."""
    guest, client, secret = world.people["stranger"], world.clients["stranger"], "s" * 43
    offer = world.own.organization.invitations.get()
    offer.secret_hash = hash_secret(secret)
    offer.save()
    members = world.own.organization.memberships.filter(user=guest)
    claim = EmailAddress.objects.create(user=guest, email=offer.email)
    client.get(f"/organizations/join/{secret}/")
    client.post("/organizations/join/")
    assert not members.exists()
    claim.verified = True
    claim.save()
    client.post("/organizations/join/")
    assert members.get().role == offer.role


@with_numbers
def test_nothing_of_a_tenant_is_kept_by_a_cache(world):
    """Neither pages nor answers of the API, whoever asks and however."""
    project, organization = world.own.ids["project_id"], world.own.ids["organization_id"]
    for path in (f"/projects/{project}/", f"/organizations/{organization}/audit.csv",
                 "/api/v1/projects", f"/api/v1/projects/{project}/realtime"):  # fmt: skip
        answer = world.clients["owner"].get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store"), path
    shared = world.headers["shared link"]
    answer = Client().get(f"/api/v1/projects/{project}/realtime", headers=shared)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


@with_numbers
def test_numbers_are_of_the_asked_project_alone(world):
    """Rows of another project are in the same table and never in an answer."""
    worlds.store_events(world)
    client, own = world.clients["viewer"], world.own
    body = {"project_id": own.project.public_id, "date_range": "day"}
    metrics = ["pageviews", "visitors", "visits", "bounce_rate", "visit_duration"]
    for changes in ({}, {"dimensions": ["event:page"]}, {"dimensions": ["visit:entry_page"]}):
        query = json.dumps(body | {"metrics": metrics} | changes)
        answer = client.post("/api/v1/query", query, content_type="application/json").json()
        ((found),) = answer["results"]
        assert found["metrics"][:3] == [worlds.OWN_EVENTS] * 3
    filtered = body | {"metrics": ["visits"], "filters": [["is", "event:page", ["/Foreign"]]]}
    answer = client.post("/api/v1/query", json.dumps(filtered), content_type="application/json")
    assert answer.json()["results"][0]["metrics"] == [0]
    everything = json.dumps(body | {"metrics": ["visitors"], "date_range": "all"})
    answer = client.post("/api/v1/query", everything, content_type="application/json").json()
    assert answer["results"][0]["metrics"] == [worlds.OWN_EVENTS]
    today = answer["query"]["date_range"][1]
    assert answer["query"]["date_range"] == [today, today]
    now = client.get(f"/api/v1/projects/{own.project.public_id}/realtime").json()
    assert now["current_visitors"] == worlds.OWN_EVENTS
    ledger = client.get(
        f"/api/v1/projects/{own.project.public_id}/ledger", {"date_range": "all"}
    ).json()
    assert ledger["totals"]["accepted"] == worlds.OWN_EVENTS
    ((row),) = ledger["results"]
    assert (row["reason"], row["count"]) == ("", worlds.OWN_EVENTS)
    assert ledger["date_range"] == [row["time"]] * 2


@with_numbers
def test_a_project_without_numbers_is_told_none_of_others(world):
    """Neither that there are some, nor beside those of several projects."""
    worlds.store_events(world)
    own, quiet = world.own.project, Project.objects.get(name="Other")
    path = f"/api/v1/projects/{quiet.public_id}/realtime"
    now = world.clients["viewer"].get(path).json()
    assert (now["current_visitors"], now["has_data"]) == (0, False)
    since = timezone.now() - timedelta(days=7)
    parameters = {"first": since.date(), "since": since}
    rows = runner.fetch_glances([own.pk, quiet.pk], parameters)
    assert {row[0] for row in rows} == {own.pk}


def test_a_second_factor_is_asked_of_everybody(world):
    """An organization that demands one shows nothing to a person without."""
    world.own.organization.requires_two_factor = True
    world.own.organization.save()
    for who in worlds.ROLES:
        for path in (f"/projects/{world.own.ids['project_id']}/",
                     f"/organizations/{world.own.ids['organization_id']}/"):  # fmt: skip
            assert world.clients[who].get(path).status_code == 403
        for path in ("/api/v1/organizations", "/api/v1/projects"):
            assert world.own.ids["project_id"] not in world.clients[who].get(path).content.decode()
            assert world.own.ids["organization_id"] not in (
                world.clients[who].get(path).content.decode()
            )
