"""Two organizations that must never meet, and everybody who might try."""

import datetime
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field

import jwt
from allauth.headless.tokens.strategies.jwt import internal
from allauth.idp.oidc.models import Client as App
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.jwt import claims
from accounts.models import Invitation, Membership, OAuthGrant, Organization
from accounts.tests.cast import MEMBERS, person
from accounts.tokens.services import create_token
from analytics_saas import clickhouse
from analytics_saas.env import env
from projects.models import Goal, Project, Segment, SharedLink
from projects.sharing.services import create_shared_link

ABSENT = "ZZZZZZZZZZZZ"
MALFORMED = "no-id' OR 1=1 --"
# What a scope opens and what a role may do, written down a second time on purpose.
SCOPES = {
    "stats:read": {"see_numbers"},
    "export:read": {"export"},
    "events:write": {"send_events"},
    "projects:read": {"see_projects"},
    "projects:write": {"see_projects", "edit_projects", "edit_reports"},
    "team:read": {"see_team"},
    "team:write": {"see_team", "manage_team"},
}
VIEWER = {"see_projects", "see_team", "see_numbers"}
EDITOR = VIEWER | {"export", "edit_reports"}
ADMIN = EDITOR | {"edit_projects", "manage_team", "manage_tokens", "see_audit", "see_usage"}
ROLES = {
    "viewer": VIEWER,
    "editor": EDITOR,
    "admin": ADMIN,
    "billing": {"see_projects", "see_team", "see_usage", "manage_billing"},
    "owner": ADMIN | {"manage_billing", "own"},
}
PEOPLE = (*MEMBERS, "removed", "stranger")
OWN_EVENTS, FOREIGN_EVENTS = 3, 5


@dataclass
class Side:
    """One organization with one of everything, and the ids by the names that paths use."""

    organization: Organization
    project: Project
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """`own` is where the members belong; `stranger` owns `foreign`."""

    own: Side
    foreign: Side
    people: dict[str, object]
    clients: dict[str, Client]
    # What stands in for a person: the headers of each token, and of a shared link.
    headers: dict[str, dict[str, str]]


def build() -> World:
    """Make everything that the matrix asks for."""
    people = {who: person(f"{who}@walls.example") for who in PEOPLE}
    own = _side("Own", people["owner"], people["viewer"])
    foreign = _side("Foreign", people["stranger"], people["stranger"])
    for who in MEMBERS:
        if who != "owner":
            Membership.objects.create(organization=own.organization, user=people[who], role=who)
    # Somebody whom everybody with the right may manage.
    spare = person("spare@walls.example")
    place = Membership.objects.create(organization=own.organization, user=spare, role="viewer")
    own.ids["member_id"] = place.public_id
    foreign.ids["member_id"] = foreign.organization.memberships.get().public_id
    clients = {"anonymous": Client()}
    for who, user in people.items():
        clients[who] = Client()
        clients[who].force_login(user)
    headers = {
        name: {"authorization": f"Bearer {token}"}
        for name, token in _tokens(own, people["owner"]).items()
    }
    _, secret = create_shared_link(
        project=own.project, name="Board", principal=_as(people["owner"])
    )
    headers["shared link"] = {"x-daysalt-share": secret}
    _, good = claims.issue("access", person=people["owner"], session=clients["owner"].session)
    for name, audience in (("owner's JWT", good["aud"]), ("JWT of another audience", "elsewhere")):
        text = jwt.encode(
            good | {"aud": audience}, env.jwt_private_key, algorithm=claims.ALGORITHM,
            headers={"kid": internal._get_jwt_config().jwk_dict["kid"]},
        )  # fmt: skip
        headers[name] = {"authorization": f"Bearer {text}"}
    return World(own, foreign, people, clients, headers)


def _side(name: str, owner, maker) -> Side:
    organization = Organization.objects.create(name=name, plan="business")
    Membership.objects.create(organization=organization, user=owner, role="owner")
    # ClickHouse outlives a test, so each world has project numbers of its own.
    project = Project.objects.create(
        pk=secrets.randbelow(10**9) + 10**9,
        organization=organization, name=name, domain="x.example", time_zone="UTC",
    )  # fmt: skip
    goal = Goal.objects.create(project=project, kind="event", name="Goal", event_name="Buy")
    segment = Segment.objects.create(project=project, name="Segment", filters=[])
    link = SharedLink.objects.create(
        project=project, name="Link", secret_hash=secrets.token_hex(32)
    )
    invitation = Invitation.objects.create(
        organization=organization, email="guest@walls.example", role="viewer",
        secret_hash=secrets.token_hex(32),
        expires_at=timezone.now() + datetime.timedelta(hours=1),
    )  # fmt: skip
    app, _ = App.objects.get_or_create(name="App")
    grant = OAuthGrant.objects.create(
        user=owner, client=app, code_hash=secrets.token_hex(32), code_used_at=timezone.now()
    )
    token, _ = create_token(
        organization=organization, principal=_as(owner), name="Spare", scopes=["team:read"],
        projects=None, expires_at=None,
    )  # fmt: skip
    ids = {
        "organization_id": organization.public_id, "project_id": project.public_id,
        "goal_id": goal.public_id, "segment_id": segment.public_id, "link_id": link.public_id,
        "invitation_id": invitation.public_id, "token_id": token.public_id,
        "grant_id": grant.public_id,
    }  # fmt: skip
    return Side(organization, project, ids)


def _as(user):
    from accounts.principal import Principal

    return Principal(user=user, name=user.email)


def _tokens(side: Side, owner) -> dict[str, str]:
    """Return the secret of a token for each scope, one for all, one bound to another project."""
    given = {scope: [scope] for scope in SCOPES} | {"every scope": list(SCOPES)}
    made = {}
    for name, scopes in given.items():
        _, made[name] = create_token(
            organization=side.organization, principal=_as(owner), name=name, scopes=scopes,
            projects=None, expires_at=None,
        )  # fmt: skip
    other = Project.objects.create(
        organization=side.organization, name="Other", domain="y.example", time_zone="UTC"
    )
    _, made["bound elsewhere"] = create_token(
        organization=side.organization, principal=_as(owner), name="bound",
        scopes=["stats:read", "projects:read", "projects:write"], projects=[other],
        expires_at=None,
    )  # fmt: skip
    return made


@contextmanager
def undone():
    """Take back what a request did, so that the next one meets the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def store_events(world: World) -> None:
    """Put a known number of page views of today into both projects."""
    now = datetime.datetime.now(datetime.UTC)
    sides = ((world.own, OWN_EVENTS), (world.foreign, FOREIGN_EVENTS))
    events, visits = [], []
    for side, count in sides:
        for number in range(count):
            one = (side.project.pk, now.date(), number + 1, number + 1)
            events.append((*one, now, "pageview", f"/{side.organization.name}"))
            visits.append((*one, now, now, 1))
    shared = ["project_id", "local_date", "visitor_id", "visit_id"]
    writer = clickhouse.writer()
    writer.insert("events", events, column_names=[*shared, "timestamp", "name", "path"])
    writer.insert("visits", visits, column_names=[*shared, "start", "end", "is_bounce"])
    long_ago = now - datetime.timedelta(days=40)
    lines = [
        (world.own.project.pk, now, "accepted", "", OWN_EVENTS),
        (world.foreign.project.pk, now, "accepted", "foreign", FOREIGN_EVENTS),
        (world.foreign.project.pk, long_ago, "accepted", "", FOREIGN_EVENTS),
    ]
    writer.insert(
        "ledger", lines, column_names=["project_id", "minute", "outcome", "reason", "count"]
    )
