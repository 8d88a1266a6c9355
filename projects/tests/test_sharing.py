"""Shared links, public dashboards and embeds: what they open, and that it is nothing else."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.principal import Principal
from analytics_saas.redis import cache
from projects.models import SharedLink
from projects.services import create_project, update_project
from projects.sharing import services, tries
from projects.tests.calls import ABSENT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
PASSWORD = "open sesame"


def link_to(project, **more):
    """A link and its secret."""
    principal = Principal(organization_id=project.organization_id, name="test")
    return services.create_shared_link(project=project, name="Agency", principal=principal, **more)


def ask(project, client=None, path="query", **headers):
    """The query API with a header of sharing."""
    body = {"project_id": project.public_id, "metrics": ["visitors"], "date_range": "7d"}
    sent = json.dumps(body)
    client = client or Client()
    return client.post(f"/api/v1/{path}", sent, content_type="application/json", headers=headers)


def test_a_link_opens_one_dashboard_and_its_numbers(project):
    """Without an account; the secret itself is stored nowhere."""
    link, secret = link_to(project)
    assert re.fullmatch(r"[\w-]{22}", secret)
    assert secret not in str(SharedLink.objects.filter(pk=link.pk).values().get())
    answer = Client().get(f"/share/{secret}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert (answer["X-Robots-Tag"], "no-store" in answer["Cache-Control"]) == ("noindex", True)
    assert f'data-share="{secret}"' in page
    assert "data-snippet" not in page
    assert f"/projects/{project.public_id}" not in page
    assert ask(project, **{"x-daysalt-share": secret}).json()["results"][0]["metrics"] == [0]
    live = f"/api/v1/projects/{project.public_id}/realtime"
    assert Client().get(live, headers={"x-daysalt-share": secret}).status_code == 200


@pytest.mark.parametrize("end", ["revoked", "over", "wrong", "no secret"])
def test_a_dead_link_is_as_absent_as_one_that_never_was(project, end):
    """The same 404, page and API."""
    link, secret = link_to(project, expires_at=timezone.now() + timedelta(hours=1))
    if end == "revoked":
        services.revoke_shared_link(link=link, principal=Principal(name="test"))
    elif end == "over":
        SharedLink.objects.update(expires_at=timezone.now())
    elif end == "wrong":
        secret = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    else:
        secret = "x" * 90
    never = Client().get("/share/0000000000000000000000/")
    answer = Client().get(f"/share/{secret}/")
    assert (answer.status_code, answer.content) == (404, never.content)
    answer = ask(project, **{"x-daysalt-share": secret})
    assert (answer.status_code, answer.json()["error"]) == (404, ABSENT)


@pytest.mark.parametrize("kind", ["share", "public"])
def test_a_reader_reaches_one_project_and_only_reads(cast, project, foreign, kind):
    """Other projects look absent; endpoints beside numbers do not know the header."""
    other = create_project(
        organization=cast.organization, name="Other", domain="o.example", time_zone="UTC"
    )
    secret = link_to(project)[1]
    update_project(project=project, changes={"is_public": True})
    headers = {f"x-daysalt-{kind}": secret if kind == "share" else project.public_id}
    assert ask(project, **headers).status_code == 200
    for hidden in (other, foreign):
        answer = ask(hidden, **headers)
        assert (answer.status_code, answer.json()["error"]) == (404, ABSENT)
        live = f"/api/v1/projects/{hidden.public_id}/realtime"
        assert Client().get(live, headers=headers).status_code == 404
    paths = ["", f"/{project.public_id}"]
    paths += [f"/{project.public_id}/{what}" for what in ("goals", "segments", "shared-links")]
    for path in [f"/api/v1/projects{path}" for path in paths] + ["/api/v1/organizations"]:
        assert Client().get(path, headers=headers).status_code == 401, path
    for method in ("patch", "delete"):
        path = f"/api/v1/projects/{project.public_id}"
        assert getattr(Client(), method)(path, "{}", headers=headers).status_code == 401


def test_a_member_with_the_header_is_only_a_reader(cast, project, foreign):
    """The header narrows, also for who is logged in."""
    secret = link_to(foreign)[1]
    browser = cast.client("owner")
    assert ask(project, browser).status_code == 200
    assert ask(project, browser, **{"x-daysalt-share": secret}).status_code == 404
    assert ask(foreign, browser, **{"x-daysalt-share": secret}).status_code == 200


def test_a_public_dashboard_is_there_while_it_is_public(cast, project):
    """Else its page and its numbers are absent."""
    page, never = f"/public/{project.public_id}/", Client().get("/public/p_000000000000/")
    header = {"x-daysalt-public": project.public_id}
    for is_public, status in ((False, 404), (True, 200), (False, 404)):
        form = {"is_public": "on"} if is_public else {}
        path = f"/projects/{project.public_id}/settings/sharing/public/"
        assert cast.client("admin").post(path, form).status_code == 302
        assert Client().get(page).status_code == status
        assert ask(project, **header).status_code == status
    assert Client().get(page).content == never.content


def test_a_password_is_asked_for_and_proved_to_the_session(project):
    """The API wants the same proof; a new password ends it."""
    link, secret = link_to(project, password=PASSWORD)
    page, header = f"/share/{secret}/", {"x-daysalt-share": secret}
    browser = Client()
    asked = browser.get(page).content.decode()
    assert project.name not in asked
    assert "asks for a password" in asked
    assert ask(project, browser, **header).status_code == 404
    assert browser.post(page, {"password": "open sesami"}).status_code == 403
    assert ask(project, browser, **header).status_code == 404
    assert (
        browser.post(page + "?period=7d", {"password": PASSWORD})["location"] == f"{page}?period=7d"
    )
    assert f'data-share="{secret}"' in browser.get(page).content.decode()
    assert ask(project, browser, **header).status_code == 200
    assert ask(project, **header).status_code == 404
    services.update_shared_link(
        link=link, changes={"password": "another one"}, principal=Principal(name="test")
    )
    assert ask(project, browser, **header).status_code == 404


def test_a_change_opens_no_link_that_was_revoked_meanwhile(project):
    """A change that was read before the revocation is written after it."""
    link, secret = link_to(project)
    stale = SharedLink.objects.get(pk=link.pk)
    services.revoke_shared_link(link=link, principal=Principal(name="test"))
    services.update_shared_link(
        link=stale, changes={"name": "New"}, principal=Principal(name="test")
    )
    assert ask(project, **{"x-daysalt-share": secret}).status_code == 404


def test_the_last_of_all_days_is_refused(cast, project):
    """There is no day after it."""
    page = f"/projects/{project.public_id}/settings/sharing/"
    answer = cast.client("owner").post(page, {"name": "Agency", "ends_on": "9999-12-31"})
    assert "9998" in answer.content.decode()
    assert not SharedLink.objects.exists()


def test_a_password_hides_no_session_from_its_person(cast, project):
    """Whoever is logged in and opens a link can still be logged out everywhere."""
    _, secret = link_to(project, password=PASSWORD)
    browser = cast.client("viewer")
    key = browser.session.session_key
    browser.post(f"/share/{secret}/", {"password": PASSWORD})
    assert ask(project, browser, **{"x-daysalt-share": secret}).status_code == 200
    assert browser.session.session_key == key


def test_the_proof_of_one_link_opens_no_other(project):
    """Even with the same password."""
    first, second = (link_to(project, password=PASSWORD)[1] for _ in range(2))
    browser = Client()
    browser.post(f"/share/{first}/", {"password": PASSWORD})
    assert ask(project, browser, **{"x-daysalt-share": second}).status_code == 404


def test_passwords_cannot_be_tried_without_end(project):
    """Fifty at once get as many tries as one after another, and the right one comes too late."""
    _, secret = link_to(project, password=PASSWORD)

    def attempt(number):
        try:
            return Client().post(f"/share/{secret}/", {"password": f"guess {number}"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(attempt, range(50)))
    assert sorted(statuses) == [403] * tries.MOST_EACH + [429] * (50 - tries.MOST_EACH)
    assert Client().post(f"/share/{secret}/", {"password": PASSWORD}).status_code == 429
    keys = [key.decode() for key in cache().keys("share-tries:*")]
    assert not any("127.0.0.1" in key for key in keys)


@pytest.mark.parametrize(
    ("asked", "theme"),
    [("light", "light"), ("dark", "dark"), ("system", "system"), ('"><script>', "system")],
)
def test_an_embed_has_no_header_and_may_be_framed(project, asked, theme):
    """Only with embed=true, and only without a password."""
    secret = link_to(project)[1]
    update_project(project=project, changes={"is_public": True})
    for page in (f"/share/{secret}/", f"/public/{project.public_id}/"):
        plain = Client().get(page)
        assert plain["X-Frame-Options"] == "DENY"
        assert "site-header" in plain.content.decode()
        framed = Client().get(page, {"embed": "true", "theme": asked})
        assert "X-Frame-Options" not in framed
        policy = framed.get("Content-Security-Policy", "frame-ancestors *")
        assert "frame-ancestors *" in policy
        text = framed.content.decode()
        assert "site-header" not in text
        assert f'<html lang="en" data-theme="{theme}">' in text
    locked = link_to(project, password=PASSWORD)[1]
    browser = Client()
    browser.post(f"/share/{locked}/", {"password": PASSWORD})
    for one in (browser, Client()):
        assert one.get(f"/share/{locked}/?embed=true")["X-Frame-Options"] == "DENY"


def test_the_page_of_links_shows_an_address_once(cast, project):
    """It works, it is in no log, and after a reload it is gone."""
    page = f"/projects/{project.public_id}/settings/sharing/"
    form = {"name": "Agency", "password": PASSWORD, "ends_on": "2099-12-31"}
    text = cast.client("admin").post(page, form).content.decode()
    secret = re.search(r"/share/([\w-]{22})/", text)[1]
    assert Client().get(f"/share/{secret}/").status_code == 200
    assert secret not in cast.client("admin").get(page).content.decode()
    entry = AuditEntry.objects.get(action="shared_link.create")
    assert secret not in str(entry.detail)
    link = SharedLink.objects.get()
    assert (link.created_by, link.expires_at.isoformat()) == (
        cast.admin,
        "2100-01-01T00:00:00+00:00",
    )
    revoke = f"{page}{link.public_id}/revoke/"
    assert cast.client("admin").get(revoke).status_code == 405
    assert cast.client("admin").post(revoke).status_code == 302
    assert Client().get(f"/share/{secret}/").status_code == 404


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": ""}, "required"),
        ({"name": "A", "password": "short"}, "8 to 128 characters"),
        ({"name": "A", "ends_on": "2020-01-01"}, "in the past"),
        ({"name": "A", "ends_on": "soon"}, "valid date"),
    ],
)
def test_a_bad_link_says_what_to_type(cast, project, form, says):
    """Beside its field; nothing is made."""
    page = f"/projects/{project.public_id}/settings/sharing/"
    assert says in cast.client("owner").post(page, form).content.decode()
    assert not SharedLink.objects.exists()
