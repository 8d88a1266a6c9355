"""Two organizations that must never meet, and everybody who might try."""

import datetime
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field

import jwt
from allauth.headless.tokens.strategies.jwt import internal
from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token as AppToken
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.jwt import claims
from accounts.models import Invitation, Membership, OAuthGrant, Organization
from accounts.oauth.services import revoke_grant
from accounts.services.invitations import revoke_invitation
from accounts.services.members import remove_member
from accounts.services.organizations import delete_organization
from accounts.tests.cast import MEMBERS, person
from accounts.tokens.services import create_token
from analytics_saas import clickhouse
from analytics_saas.env import env
from projects.danger.services import delete_project
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
# Who acts in one project alone, and with which scopes.
BOUND_SCOPES = {
    "bound elsewhere": ["stats:read", "projects:read", "projects:write"],
    "bound here": ["stats:read", "projects:read", "projects:write"],
    "reading app": ["stats:read", "projects:read"],
    "shared link": ["stats:read"],
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
    # The ids of one of everything that was deleted: an organization, and what the own one had.
    gone: dict[str, str]
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
    headers["reading app"] = {"authorization": f"Bearer {_app_token(own, people['owner'])}"}
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
    return World(own, foreign, people, clients, _gone(own, people["owner"]), headers)


def _gone(own: Side, owner) -> dict[str, str]:
    """Delete an organization and, in the one that stays, one of everything that can be deleted."""
    organization = Organization.objects.create(name="Gone", plan="business")
    by, ids = _as(owner), {"organization_id": organization.public_id}
    delete_organization(organization=organization, principal=by)
    member = Membership.objects.create(
        organization=own.organization, user=person("gone@walls.example"), role="viewer"
    )
    invitation = _invitation(own.organization, "gone@walls.example")
    project = Project.objects.create(
        organization=own.organization, name="Gone", domain="g.example", time_zone="UTC"
    )
    things = _things(project) | _things(own.project)
    grant = _grant(owner)
    token = _token(own.organization, owner)
    rows = things | {
        "member_id": member, "invitation_id": invitation, "project_id": project,
        "grant_id": grant, "token_id": token,
    }  # fmt: skip
    ids |= {name: row.public_id for name, row in rows.items()}
    remove_member(membership=member, principal=by)
    revoke_invitation(invitation=invitation, principal=by)
    for name in ("goal_id", "segment_id", "link_id"):
        things[name].delete()
    # What a person revokes stays in the lists, so these go as their owners do.
    token.delete()
    revoke_grant(grant=grant)
    delete_project(project=project, principal=by)
    return ids


def _side(name: str, owner, maker) -> Side:
    organization = Organization.objects.create(name=name, plan="business")
    Membership.objects.create(organization=organization, user=owner, role="owner")
    # ClickHouse outlives a test, so each world has project numbers of its own.
    project = Project.objects.create(
        pk=secrets.randbelow(10**9) + 10**9,
        organization=organization, name=name, domain="x.example", time_zone="UTC",
    )  # fmt: skip
    ids = {
        "organization_id": organization.public_id, "project_id": project.public_id,
        "invitation_id": _invitation(organization, "guest@walls.example").public_id,
        "token_id": _token(organization, owner).public_id, "grant_id": _grant(owner).public_id,
    } | {thing: one.public_id for thing, one in _things(project).items()}  # fmt: skip
    return Side(organization, project, ids)


def _things(project: Project) -> dict[str, Goal | Segment | SharedLink]:
    """Make what a project may have one of each."""
    name = secrets.token_hex(4)
    hashed = secrets.token_hex(32)
    return {
        "goal_id": Goal.objects.create(project=project, kind="event", name=name, event_name="Buy"),
        "segment_id": Segment.objects.create(project=project, name=name, filters=[]),
        "link_id": SharedLink.objects.create(project=project, name=name, secret_hash=hashed),
    }


def _invitation(organization: Organization, email: str) -> Invitation:
    return Invitation.objects.create(
        organization=organization, email=email, role="viewer", secret_hash=secrets.token_hex(32),
        expires_at=timezone.now() + datetime.timedelta(hours=1),
    )  # fmt: skip


def _grant(person) -> OAuthGrant:
    app, _ = App.objects.get_or_create(name="App")
    return OAuthGrant.objects.create(
        user=person, client=app, code_hash=secrets.token_hex(32), code_used_at=timezone.now()
    )


def _token(organization: Organization, maker):
    token, _ = create_token(
        organization=organization, principal=_as(maker), name="Spare", scopes=["team:read"],
        projects=None, expires_at=None,
    )  # fmt: skip
    return token


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
    for name, project in (("bound elsewhere", other), ("bound here", side.project)):
        _, made[name] = create_token(
            organization=side.organization, principal=_as(owner), name=name,
            scopes=BOUND_SCOPES[name], projects=[project], expires_at=None,
        )  # fmt: skip
    return made


def _app_token(side: Side, person) -> str:
    """Return what an app would hold after a person let it read one project."""
    grant, text, scopes = _grant(person), secrets.token_urlsafe(64), BOUND_SCOPES["reading app"]
    OAuthGrant.objects.filter(pk=grant.pk).update(scopes=scopes, project_ids=[side.project.pk])
    token = AppToken(type=AppToken.Type.ACCESS_TOKEN, user=person, client=grant.client)
    token.data = {"grant": grant.pk}
    token.set_value(text)
    token.set_scopes(scopes)
    token.save()
    return text


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
        # Only the foreign project was there before today.
        first = now.date() - datetime.timedelta(days=3 * (side is world.foreign))
        for number in range(count):
            one = (side.project.pk, now.date() if number else first, number + 1, number + 1)
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
