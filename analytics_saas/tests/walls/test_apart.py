"""Two organizations in the same tables: numbers, lists, bodies and invitations never mix."""

import json

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
    """Whatever their role, second factor or none; an operator needs one."""
    for who in worlds.ROLES:
        second_factor(world.people[who])
        for path in ("/admin/", "/admin/accounts/user/"):
            assert world.clients[who].get(path).status_code in (302, 403), path
    operator = world.people["stranger"]
    operator.is_staff = operator.is_superuser = True
    operator.save()
    assert world.clients["stranger"].get("/admin/accounts/user/").status_code in (302, 403)
    second_factor(operator)
    assert world.clients["stranger"].get("/admin/accounts/user/").status_code == 200


def test_what_a_closed_account_offered_opens_nothing(world):
    """Nor does a secret that nobody was mailed."""
    secret, anybody = "s" * 43, world.clients["anonymous"]
    offer = world.own.organization.invitations.get()
    offer.secret_hash, offer.invited_by = hash_secret(secret), world.people["admin"]
    offer.save()
    assert anybody.get(f"/organizations/join/{secret}/").status_code == 302
    assert anybody.get(f"/organizations/join/{'x' * 43}/").status_code == 404
    world.people["admin"].is_active = False
    world.people["admin"].save()
    assert anybody.get(f"/organizations/join/{secret}/").status_code == 404


def test_what_is_bound_to_a_project_makes_none(world):
    """Though its scopes would let it, and its organization is visible."""
    body = {"organization": world.own.ids["organization_id"], "name": "N", "domain": "n.example"}
    made = Client().post(
        "/api/v1/projects", json.dumps(body | {"time_zone": "UTC"}), "application/json",
        headers=world.headers["bound here"],
    )  # fmt: skip
    assert made.status_code == 403


def test_an_own_segment_is_changed_by_its_person_alone(world):
    """Not by an app that may read, nor by who may see no numbers any longer."""
    project, body = world.own.project, json.dumps({"name": "Renamed"})
    path = f"/api/v1/projects/{project.public_id}/segments"
    app, new = world.headers["reading app"], json.dumps({"name": "S", "filters": []})
    assert Client().get(path, headers=app).status_code == 200
    assert Client().post(path, new, "application/json", headers=app).status_code == 403
    for who, status in (("owner", 200), ("billing", 403)):
        mine = Segment.objects.create(
            project=project, owner=world.people[who], name="Mine", filters=[]
        )
        one = f"{path}/{mine.public_id}"
        assert world.clients[who].patch(one, body, "application/json").status_code == status
        assert Client().patch(one, body, "application/json", headers=app).status_code in (403, 404)


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
