"""The query API by token: scope, organization, projects, end."""

import pytest
from django.utils import timezone

from accounts.models import ApiToken
from accounts.principal import Principal
from accounts.roles import SCOPES
from accounts.tokens.services import create_token
from projects.services import create_project

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
SITE = {"name": "Shop", "domain": "x.example", "time_zone": "UTC"}
QUESTION = {"metrics": ["visitors"], "date_range": "day"}


@pytest.fixture
def project(cast):
    """A project of the cast's organization."""
    return create_project(organization=cast.organization, **SITE)


def token_of(organization, scopes=("stats:read",), projects=None):
    """The text of a new token."""
    return create_token(
        organization=organization,
        principal=Principal(),
        name="CI",
        scopes=scopes,
        projects=projects,
    )[1]


def ask_all(client, project, text):
    """The statuses of every way to ask for numbers."""
    headers = {"authorization": f"Bearer {text}"}
    body = {"project_id": project.public_id}
    asked = [
        client.post("/api/v1/query", body | QUESTION, "application/json", headers=headers),
        client.post("/api/v1/queries", body | {"queries": [QUESTION]}, "application/json",
                    headers=headers),
        client.get(f"/api/v1/projects/{project.public_id}/realtime", headers=headers),
    ]  # fmt: skip
    return {answer.status_code for answer in asked}


def test_a_token_with_the_scope_reads_numbers(cast, client, project):
    """All three endpoints, without a person."""
    assert ask_all(client, project, token_of(cast.organization)) == {200}


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope != "stats:read"])
def test_a_token_with_another_scope_may_not(cast, client, project, scope):
    """403: the project is visible, its numbers are not."""
    assert ask_all(client, project, token_of(cast.organization, [scope])) == {403}


def test_a_refusal_names_the_scopes_and_not_a_role(cast, client, project):
    """A token has none; a person is told of theirs."""
    path = f"/api/v1/projects/{project.public_id}/ledger"
    token = token_of(cast.organization, ["team:read"])
    told = client.get(path, headers={"authorization": f"Bearer {token}"}).json()["error"]
    assert told["message"] == "The scopes of this token do not allow this."
    told = cast.call("billing", "GET", path).json()["error"]
    assert told["message"] == "Your role does not allow this."


def test_a_foreign_project_looks_absent(cast, client, project):
    """404 for the token of another organization."""
    foreign = token_of(cast.stranger.organizations.get())
    assert ask_all(client, project, foreign) == {404}


def test_a_bound_token_sees_its_projects_only(cast, client, project):
    """Also none at all, once they are gone."""
    other = create_project(organization=cast.organization, **SITE)
    text = token_of(cast.organization, projects=[project])
    assert ask_all(client, project, text) == {200}
    assert ask_all(client, other, text) == {404}
    project.tokens.clear()
    assert ask_all(client, project, text) == {404}


def test_a_bound_token_loses_a_project_that_moved_away(cast, client, project):
    """Its row may still name it."""
    text = token_of(cast.organization, projects=[project])
    project.organization = cast.stranger.organizations.get()
    project.save()
    assert ask_all(client, project, text) == {404}


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_a_token_that_ended_is_refused(cast, client, project, ended):
    """401 at once."""
    text = token_of(cast.organization)
    ApiToken.objects.update(**{ended: timezone.now()})
    assert ask_all(client, project, text) == {401}
