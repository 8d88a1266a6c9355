"""/api/v1/organizations/<id>/tokens for the whole cast and for tokens themselves."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import ApiToken, AuditEntry
from accounts.principal import Principal
from accounts.tokens import secret
from accounts.tokens.services import create_token

SITE = {"name": "Shop", "domain": "x.example", "time_zone": "UTC"}
NEW = {"name": "Report", "scopes": ["stats:read"]}


@pytest.fixture
def url(cast):
    """The tokens of the cast's organization."""
    return f"/api/v1/organizations/{cast.organization.public_id}/tokens"


def post(client, url, **changes):
    """Ask for a new token."""
    return client.post(url, NEW | changes, content_type="application/json")


def project_of(person):
    """A project in someone's own organization."""
    return person.organizations.get().projects.create(**SITE)


def test_the_secret_is_shown_once_and_only_its_hash_is_kept(cast, url):
    """The answer may not be cached, and later answers have only the prefix."""
    answer = post(cast.client("admin"), url)
    assert answer.status_code == 201, answer.content
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["secret"].startswith(body["prefix"]) and body["prefix"].startswith("ds_o_")
    stored = ApiToken.objects.get()
    assert stored.secret_hash == secret.digest(body["secret"])
    shown = cast.client("admin").get(f"{url}/{body['id']}").json()
    assert shown == {key: value for key, value in body.items() if key != "secret"}
    assert body["secret"] not in cast.client("admin").get(url).content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("owner", 201), ("admin", 201), ("editor", 403), ("viewer", 403), ("billing", 403),
        ("removed", 404), ("stranger", 404), ("anonymous", 401),
    ],
)  # fmt: skip
def test_only_owners_and_admins_manage_tokens(cast, url, who, status):
    """Members without the right learn so; all others find nothing."""
    token = ApiToken.objects.create(organization=cast.organization, name="x", secret_hash="x")
    client = cast.client(who)
    assert post(client, url).status_code == status
    read = 200 if status == 201 else status
    assert client.get(url).status_code == read
    assert client.get(f"{url}/{token.public_id}").status_code == read
    assert client.delete(f"{url}/{token.public_id}").status_code == (204 if read == 200 else read)


def test_a_foreign_token_looks_absent(cast, url):
    """Through an organization of one's own, too."""
    foreign = ApiToken.objects.create(
        organization=cast.stranger.organizations.get(), name="x", secret_hash="x"
    )
    client = cast.client("owner")
    answers = [client.get(f"{url}/{one}") for one in (foreign.public_id, "t_absentabsent")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert client.delete(f"{url}/{foreign.public_id}").status_code == 404


@pytest.mark.parametrize("scopes", [["team:write"], list(secret.STARTS), ["projects:write"]])
def test_a_token_cannot_make_tokens(cast, client, url, scopes):
    """Whatever its scopes."""
    _, text = create_token(
        organization=cast.organization, principal=Principal(), name="CI", scopes=scopes
    )
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    assert post(client, url).status_code == 403
    assert client.get(url).status_code == 403


def test_a_token_is_bound_to_chosen_projects(cast, url):
    """Their public ids come back."""
    project = cast.organization.projects.create(**SITE)
    body = post(cast.client("owner"), url, projects=[project.public_id]).json()
    assert body["projects"] == [project.public_id]
    assert body["prefix"].startswith("ds_p_")
    assert ApiToken.objects.get().is_bound


def test_a_foreign_project_in_the_body_looks_absent(cast, url):
    """The same answer as for one that is not there."""
    foreign = project_of(cast.stranger)
    client = cast.client("owner")
    answers = [post(client, url, projects=[one]) for one in (foreign.public_id, "p_absentabsent")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["tokens:write"]}, "scopes"),
        ({"projects": []}, "projects"),
        ({"projects": "p_x"}, "projects"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"scope": "stats:read"}, "scope"),
        ({"secret_hash": "x"}, "secret_hash"),
        ({"projects": ["p_x"], "scopes": ["team:read"]}, "scopes"),
    ],
)
def test_a_bad_body_names_its_field_and_makes_nothing(cast, url, wrong, field):
    """400 with the field."""
    answer = post(cast.client("owner"), url, **wrong)
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["field"] == field
    assert not ApiToken.objects.exists()


def test_revoking_is_for_good_and_is_recorded_once(cast, url):
    """A second time changes nothing."""
    client = cast.client("admin")
    token = post(client, url).json()
    for _ in range(2):
        assert client.delete(f"{url}/{token['id']}").status_code == 204
    assert client.get(f"{url}/{token['id']}").json()["revoked_at"]
    entries = AuditEntry.objects.filter(action__startswith="token.").order_by("pk")
    actions = entries.values_list("actor", "action", "target")
    assert list(actions) == [
        ("admin@example.com", "token.create", "Report"),
        ("admin@example.com", "token.revoke", "Report"),
    ]
    assert token["secret"] not in str(list(AuditEntry.objects.values_list("detail")))


def test_an_end_is_kept(cast, url):
    """In the time zone it was given in or not."""
    end = timezone.now() + datetime.timedelta(days=1)
    body = post(cast.client("owner"), url, expires_at=end.isoformat()).json()
    assert datetime.datetime.fromisoformat(body["expires_at"]) == end


def test_the_list_has_pages(cast, url):
    """Newest first, and the next page by cursor."""
    for number in range(3):
        ApiToken.objects.create(
            organization=cast.organization, name=f"{number}", secret_hash=f"{number}"
        )
    client = cast.client("owner")
    first = client.get(url, {"limit": 2}).json()
    assert [one["name"] for one in first["results"]] == ["2", "1"]
    second = client.get(url, {"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["name"] for one in second["results"]] == ["0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("name", ["Your bank https://evil.example", "www.evil.example", "a\nb"])
def test_a_name_is_no_message(cast, url, name):
    """An invitation by token names the token in a mail."""
    answer = post(cast.client("admin"), url, name=name)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "name")


def test_who_was_removed_meanwhile_makes_no_token(cast):
    """The right is asked for once more, where a removal can no longer come between."""
    cast.membership("admin").delete()
    with pytest.raises(PermissionDenied):
        create_token(organization=cast.organization, principal=Principal(user=cast.admin), **NEW)
    assert not ApiToken.objects.exists()


def test_an_organization_has_a_hundred_tokens_that_live(cast, url):
    """In the API and on the page; one that was revoked or is over makes room."""
    fill(cast.organization, "live")
    answer = post(cast.client("admin"), url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_tokens")
    page = f"/organizations/{cast.organization.public_id}/tokens/"
    told = cast.client("admin").post(page, NEW | {"days": "30"}).content.decode()
    assert "at most 100 tokens: revoke one first" in told and 'value="Report"' in told
    ApiToken.objects.filter(name="live 0").update(expires_at=timezone.now())
    assert post(cast.client("admin"), url).status_code == 201


def test_no_more_than_a_hundred_are_kept_that_ended(cast, url):
    """The oldest go: making and revoking all day fills no disk."""
    fill(cast.organization, "revoked", revoked_at=timezone.now())
    fill(cast.organization, "over", count=1, expires_at=timezone.now())
    fill(cast.stranger.organizations.get(), "foreign", revoked_at=timezone.now(), count=101)
    assert post(cast.client("admin"), url).status_code == 201
    names = set(cast.organization.tokens.values_list("name", flat=True))
    assert len(names) == 101 and "revoked 0" not in names and {"over 0", "revoked 1"} <= names
    assert ApiToken.objects.filter(name__startswith="foreign").count() == 101


def fill(organization, name, count=100, **fields):
    """Many tokens at once."""
    ApiToken.objects.bulk_create(
        ApiToken(
            organization=organization, name=f"{name} {number}", secret_hash=f"{name}{number}",
            **fields,
        )
        for number in range(count)
    )  # fmt: skip
