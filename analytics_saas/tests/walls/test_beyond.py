"""What leaves in other ways than an answer to who asks: mails, files, tasks, what is kept."""

import csv
import inspect
import io
import json

import pytest
from django.core.cache import cache

from accounts.audit import record
from accounts.principal import Principal
from accounts.services import invitations, members, record_usage
from accounts.tasks import deliver_waiting_mail
from accounts.usage import this_month
from analytics_saas.celery import app
from analytics_saas.tests.walls import world as worlds
from analytics_saas.tests.walls.endpoints import ANYBODY, endpoints
from analytics_saas.tests.walls.test_matrix import PARAMETER, address, send
from projects.danger.services import reset_project
from projects.models import Erasure
from projects.registry import erasures
from projects.tasks import hand_over_erasures

pytestmark = pytest.mark.django_db
PAGES = {
    "organization_id": "/api/v1/organizations/{organization_id}",
    "project_id": "/api/v1/projects/{project_id}",
    "goal_id": "/api/v1/projects/{project_id}/goals/{goal_id}",
    "segment_id": "/api/v1/projects/{project_id}/segments/{segment_id}",
    "link_id": "/api/v1/projects/{project_id}/shared-links/{link_id}",
    "token_id": "/api/v1/organizations/{organization_id}/tokens/{token_id}",
}
# Files that a person can take along; each is read below.
FILES = {"organizations:audit_csv"}
TASKS = (hand_over_erasures, deliver_waiting_mail)


def by(world, who):
    """Who acts as one of the world's people."""
    return Principal(user=world.people[who], name=world.people[who].email)


def mailed(message):
    """All words of a mail."""
    parts = [message.subject, message.body, *(part for part, _ in message.alternatives)]
    return " ".join(map(str, parts))


def cause_mails(world):
    """Let both sides invite, invite again, by person and by token, and use up their plans."""
    for side, who in ((world.own, "admin"), (world.foreign, "stranger")):
        organization = side.organization
        invitations.invite(
            organization=organization, email="new@walls.example", role="viewer",
            principal=by(world, who),
        )  # fmt: skip
        offer = organization.invitations.get(email="guest@walls.example")
        token = Principal(
            organization_id=organization.pk, scopes=frozenset({"team:write"}), name="Secret robot"
        )
        invitations.resend_invitation(invitation=offer, principal=token)
        record_usage(organization_id=organization.pk, month=this_month(), events=10**9)


def test_a_mail_names_only_what_its_receiver_may_see(
    world, mailoutbox, django_capture_on_commit_callbacks
):
    """Ids lead nowhere that the receiver cannot open; names are those of their own side."""
    world.own.organization.memberships.filter(user=world.people["editor"]).delete()
    with django_capture_on_commit_callbacks(execute=True):
        cause_mails(world)
    clients = {user.email: world.clients[who] for who, user in world.people.items()}
    for message in mailoutbox:
        (receiver,) = message.to
        text, client = mailed(message), clients.get(receiver, world.clients["anonymous"])
        for side in (world.own, world.foreign):
            for kind, value in side.ids.items():
                if value in text:
                    assert client.get(PAGES[kind].format(**side.ids)).status_code == 200, text
        assert "Secret robot" not in text
        assert ("Foreign" in text) != ("Own" in text), text
    warned = {
        message.to[0].split("@")[0] for message in mailoutbox if "events of Own" in message.subject
    }
    assert warned == {who for who in worlds.ROLES if "manage_billing" in worlds.ROLES[who]}
    invited = [message for message in mailoutbox if message.to == ["new@walls.example"]]
    assert {"Own" in mailed(message) for message in invited} == {True, False}


def test_who_went_or_is_closed_gets_no_mail(world, mailoutbox, django_capture_on_commit_callbacks):
    """From the moment on at which they may no longer see it."""
    place = world.own.organization.memberships.get(user=world.people["billing"])
    members.remove_member(membership=place, principal=by(world, "owner"))
    world.people["stranger"].is_active = False
    world.people["stranger"].save()
    with django_capture_on_commit_callbacks(execute=True):
        for side in (world.own, world.foreign):
            record_usage(organization_id=side.organization.pk, month=this_month(), events=10**9)
    assert [message.to for message in mailoutbox] == [["owner@walls.example"]]


def attachments(world):
    """Names of the endpoints whose answer is a file."""
    for endpoint in endpoints():
        if endpoint.is_ours and endpoint.row("get") and not endpoint.name.startswith("reports:"):
            answer = send(world.clients["owner"], endpoint, "get", world.own.ids)
            kind = answer.headers.get("Content-Type", "")
            if "attachment" in answer.headers.get("Content-Disposition", "") or "csv" in kind:
                yield endpoint.name


def test_a_file_holds_rows_of_its_organization_alone(world):
    """And there is no file that this test does not know."""
    assert set(attachments(world)) == FILES
    for side, who in ((world.own, "owner"), (world.foreign, "stranger")):
        name = side.organization.name
        record(
            organization=side.organization, principal=by(world, who), action="thing.do",
            target=f"{name} thing", detail={"said": f"{name} secret"},
        )  # fmt: skip
    path = f"/organizations/{world.own.ids['organization_id']}/audit.csv"
    text = b"".join(world.clients["admin"].get(path).streaming_content).decode()
    assert "Own secret" in text and "Foreign" not in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == world.own.organization.audit_entries.count()


def test_no_task_can_be_told_whose_things_to_touch():
    """All work on what stands in the stores; a message of the broker names nothing."""
    app.loader.import_default_modules()
    tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert {f"{one.__module__}.{one.__name__}" for one in TASKS} <= set(tasks)
    told = {name for name, task in tasks.items() if inspect.signature(task.run).parameters}
    assert told == set()


def test_a_task_touches_what_was_asked_for_alone(world):
    """A reset of one project asks nothing of another, also when the task runs twice."""
    own, foreign = world.own.project, world.foreign.project
    reset_project(project=own, principal=by(world, "admin"))
    hand_over_erasures()
    hand_over_erasures()
    asked = [one.project_id for one in erasures.asked_erasures()]
    assert (asked.count(own.pk), asked.count(foreign.pk)) == (1, 0)
    (one,) = [one for one in erasures.asked_erasures() if one.project_id == own.pk]
    erasures.tell_erased(one, 3)
    hand_over_erasures()
    assert Erasure.objects.get(project_number=own.pk).rows == 3
    assert not Erasure.objects.filter(project_number=foreign.pk).exists()


def kept_apart():
    """Each endpoint of our own that answers a GET with something of somebody's."""
    for endpoint in endpoints():
        row = endpoint.row("get")
        if endpoint.is_ours and row and not row.empty and row.need != ANYBODY:
            yield endpoint


@pytest.mark.usefixtures("clickhouse_tables")
def test_no_answer_may_be_kept_or_compared(world):
    """Whatever is somebody's says so to every cache, and has no tag that a cache could ask by."""
    for endpoint in kept_apart():
        answer = send(world.clients["owner"], endpoint, "get", world.own.ids)
        said = answer.headers.get("Cache-Control", "").split(", ")
        assert {"private", "no-store"} <= set(said), endpoint.name
        assert not {"ETag", "Last-Modified"} & set(answer.headers), endpoint.name


@pytest.mark.usefixtures("clickhouse_tables")
def test_an_answer_does_not_depend_on_who_asked_before(world):
    """Lists, the overview with its sparklines, and numbers: cold and warm are the same."""
    worlds.store_events(world)
    people = [who for who in world.clients if who != "anonymous"]
    cold = {}
    for who in people:
        cache.clear()
        cold[who] = answers(world, who)
    cache.clear()
    for who in [*people, *people]:
        assert answers(world, who) == cold[who], who
    assert cold["owner"] != cold["viewer"] != cold["stranger"]
    assert cold["billing"]["glance"] == "" and cold["viewer"]["glance"] != ""


def answers(world, who):
    """What one person is told by lists, by the overview and by the query API."""
    client, own = world.clients[who], world.own.ids["project_id"]
    query = {"project_id": own, "metrics": ["visitors"], "date_range": "day"}
    asked = client.post("/api/v1/query", json.dumps(query), content_type="application/json")
    page = client.get("/projects/").content.decode()
    return {
        "projects": client.get("/api/v1/projects").json(),
        "organizations": client.get("/api/v1/organizations").json(),
        "query": (asked.status_code, asked.content),
        "glance": page.partition(f'href="/projects/{own}/"')[2][:800],
    }


def test_a_route_is_filled_by_the_ids_that_it_names(world):
    """So that the requests above are about what they say."""
    for endpoint in kept_apart():
        assert not PARAMETER.search(address(endpoint, world.own.ids))
