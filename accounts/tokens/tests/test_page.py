"""The page of an organization's tokens."""

import datetime
import re

import pytest

from accounts.models import ApiToken
from accounts.tokens import secret

SITE = {"name": "Shop", "domain": "x.example", "time_zone": "UTC"}


@pytest.fixture
def url(cast):
    """The tokens of the cast's organization."""
    return f"/organizations/{cast.organization.public_id}/tokens/"


def test_a_new_token_is_shown_once(cast, url):
    """On the answer to the form, which no cache keeps, and not on the next page."""
    client = cast.client("owner")
    form = {"name": "Report", "scopes": ["stats:read"], "days": "30"}
    answer = client.post(url, form)
    text = re.search(r"ds_o_\w{36}", answer.content.decode()).group()
    assert "no-store" in answer["Cache-Control"]
    token = ApiToken.objects.get()
    assert token.secret_hash == secret.digest(text)
    assert round((token.expires_at - token.created_at) / datetime.timedelta(days=1), 3) == 30
    page = client.get(url).content.decode()
    assert text not in page and token.prefix in page


def test_a_token_can_be_bound_on_the_page(cast, url):
    """To projects of this organization."""
    project = cast.organization.projects.create(**SITE)
    form = {"name": "x", "scopes": ["stats:read"], "projects": [project.public_id], "days": ""}
    assert "ds_p_" in cast.client("owner").post(url, form).content.decode()
    assert list(ApiToken.objects.get().projects.all()) == [project]
    assert ApiToken.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"scopes": []}, "Choose at least one thing that it may do."),
        ({"scopes": ["all"]}, "Select a valid choice."),
        ({"projects": ["p_absentabsent"]}, "Select a valid choice."),
        ({"days": "9999"}, "Select a valid choice."),
        ({"scopes": ["team:read"], "projects": "own"}, "cannot have team:read"),
    ],
)
def test_an_error_stands_beside_its_field_and_the_rest_is_kept(cast, url, changes, message):
    """Nothing is made."""
    project = cast.organization.projects.create(**SITE)
    if changes.get("projects") == "own":
        changes = changes | {"projects": [project.public_id]}
    form = {"name": "Kept", "scopes": ["stats:read"], "days": "30"} | changes
    page = cast.client("owner").post(url, form).content.decode()
    assert message in page
    assert "name" in changes or 'value="Kept"' in page
    assert not ApiToken.objects.exists()


def test_a_project_of_somebody_else_cannot_be_chosen(cast, url):
    """It is no choice, like one that is not there."""
    foreign = cast.stranger.organizations.get().projects.create(**SITE | {"name": "Secret"})
    form = {"name": "x", "scopes": ["stats:read"], "projects": [foreign.public_id]}
    page = cast.client("owner").post(url, form).content.decode()
    assert "Select a valid choice" in page and "Secret" not in page
    assert not ApiToken.objects.exists()


def test_revoking_leads_back_to_the_list(cast, url):
    """The token is gone from it."""
    token = ApiToken.objects.create(organization=cast.organization, name="Old", secret_hash="x")
    client = cast.client("admin")
    answer = client.post(f"{url}{token.public_id}/revoke/", follow=True)
    assert answer.redirect_chain == [(url, 302)]
    assert "Old" not in answer.content.decode()
    token.refresh_from_db()
    assert token.revoked_at is not None


@pytest.mark.parametrize(
    ("who", "status"),
    [("editor", 403), ("viewer", 403), ("billing", 403), ("removed", 404), ("stranger", 404),
     ("anonymous", 302)],
)  # fmt: skip
def test_others_cannot_see_or_revoke(cast, url, who, status):
    """Anonymous is led to the log-in page."""
    token = ApiToken.objects.create(organization=cast.organization, name="Old", secret_hash="x")
    client = cast.client(who)
    assert client.get(url).status_code == status
    assert client.post(f"{url}{token.public_id}/revoke/").status_code == status
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_name_is_text_and_never_markup(cast, url):
    """In the list and on the answer."""
    form = {"name": "<script>alert(1)</script>", "scopes": ["stats:read"], "days": ""}
    page = cast.client("owner").post(url, form).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
