"""The operators' admin: who gets in, what can be looked at, and what is never shown."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.audit import record
from accounts.models import (
    ApiToken,
    Invitation,
    OAuthGrant,
    Organization,
    OutgoingMail,
    SpentRefreshToken,
    User,
)
from accounts.operators import site
from accounts.services import record_usage
from accounts.tests.cast import person, second_factor
from accounts.usage import this_month

pytestmark = pytest.mark.django_db
# Apps of others can be made and have tests of their own.
SHOWN = [model for model in site._registry if model.__name__ != "Client"]
SECRET = "a-hash-that-nobody-may-see"


def browser_of(user):
    """A browser in which somebody is logged in."""
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def operator(db):
    """A superuser with a second factor."""
    user = person("operator@example.com")
    user.is_staff = user.is_superuser = True
    user.save()
    second_factor(user)
    return user


@pytest.fixture
def everything(cast):
    """One row of every model."""
    organization = cast.organization
    common = {"secret_hash": SECRET, "created_by": cast.owner}
    ApiToken.objects.create(organization=organization, name="CI", prefix="ds_a", **common)
    Invitation.objects.create(
        organization=organization,
        email="new@example.com",
        role="viewer",
        secret_hash=SECRET,
        expires_at="2030-01-01T00:00Z",
    )
    record(organization=organization, principal=None, action="thing.do")
    record_usage(organization_id=organization.pk, month=this_month(), events=5)
    # By name: accounts may not import projects.
    project_model, goal, segment, link = (
        apps.get_model("projects", name) for name in ("Project", "Goal", "Segment", "SharedLink")
    )
    project = project_model.objects.create(
        organization=organization, name="Shop", domain="example.com", time_zone="UTC"
    )
    goal.objects.create(project=project, name="Buy", kind="event")
    segment.objects.create(project=project, name="Mobile")
    link.objects.create(project=project, name="Board", password=SECRET, **common)
    client = apps.get_model("allauth_idp_oidc", "Client").objects.create(name="App")
    grant = OAuthGrant.objects.create(user=cast.owner, client=client, code_hash=SECRET)
    SpentRefreshToken.objects.create(grant=grant, token_hash=SECRET)
    apps.get_model("projects", "ProjectUsage").objects.create(
        organization=organization, project_number=project.pk, month=this_month(), events=5
    )
    apps.get_model("projects", "Erasure").objects.create(
        project_number=project.pk, project_public_id=project.public_id, verb="reset"
    )
    moments = dict.fromkeys(("next_try_at", "good_until"), "2030-01-01T00:00Z")
    OutgoingMail.objects.create(
        recipients=["new@example.com"], subject="Your code", text=SECRET, html=SECRET, **moments
    )


@pytest.mark.parametrize("who", ["owner", "viewer", "stranger"])
def test_customers_do_not_get_in(cast, who):
    """Whatever they own and whatever they know."""
    second_factor(getattr(cast, who))
    assert cast.client(who).get("/admin/", follow=True).status_code == 403


def test_nobody_logs_in_by_the_product_s_own_page(cast):
    """Which limits tries and asks for the second factor."""
    answer = cast.client("anonymous").get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_staff_without_a_second_factor_is_led_to_its_set_up(cast):
    """A password alone opens nothing, on no page."""
    cast.stranger.is_staff = cast.stranger.is_superuser = True
    cast.stranger.save()
    browser = cast.client("stranger")
    for page in ("/admin/", "/admin/accounts/user/", "/admin/login/"):
        answer = browser.get(page, follow=True)
        assert answer.status_code == 403
        assert b'href="/accounts/2fa/' in answer.content


def test_staff_that_lost_its_rank_is_out_at_once(cast, operator):
    """The session does not outlive it."""
    browser = browser_of(operator)
    assert browser.get("/admin/").status_code == 200
    User.objects.filter(pk=operator.pk).update(is_staff=False)
    assert browser.get("/admin/", follow=True).status_code == 403


def test_only_our_own_models_are_there():
    """Other packages' pages would show their secrets. Apps have a form of our own."""
    ours = {model for app in ("accounts", "projects") for model in apps.get_app_config(app).models}
    registered = {model._meta.model_name for model in site._registry}
    assert registered == {name for name in ours if "_" not in name} | {"client"}


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_every_model_is_listed_searched_and_shown_without_a_secret(
    cast, operator, everything, model
):
    """List, search and form answer, and no hash is in any of them."""
    browser, options = browser_of(operator), model._meta
    User.objects.filter(pk=cast.owner.pk).update(password=SECRET)
    listed = f"/admin/{options.app_label}/{options.model_name}/"
    for row in model.objects.all():
        pages = [listed, f"{listed}?q=example", f"{listed}{row.pk}/change/"]
        for page in pages:
            answer = browser.get(page)
            assert answer.status_code == 200
            assert SECRET not in answer.content.decode()
    assert site._registry[model].search_fields
    assert len(site._registry[model].list_display) > 2


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_nothing_is_made_or_deleted_here(cast, operator, everything, model):
    """That happens in services, which log it and tell the other stores."""
    browser, options = browser_of(operator), model._meta
    listed = f"/admin/{options.app_label}/{options.model_name}/"
    row = model.objects.first()
    assert browser.get(f"{listed}add/").status_code == 403
    assert browser.post(f"{listed}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def inline(organization_or_user):
    """The management form of the members beside a form."""
    count = organization_or_user.memberships.count()
    return {
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
        "memberships-MIN_NUM_FORMS": 0,
        "memberships-MAX_NUM_FORMS": count,
    }


def test_an_operator_sets_the_plan(cast, operator):
    """The customer's log has it; the name is not the operator's to change."""
    page = f"/admin/accounts/organization/{cast.organization.pk}/change/"
    form = {"plan": "business", "name": "Taken"} | inline(cast.organization)
    assert browser_of(operator).post(page, form).status_code == 302
    now = Organization.objects.get(pk=cast.organization.pk)
    assert (now.plan, now.name) == ("business", "Acme")
    line = cast.organization.audit_entries.get(action="plan.change")
    assert (line.actor, line.detail) == ("Daysalt", {"from": "growth", "to": "business"})


def test_an_operator_closes_an_account(cast, operator):
    """Its sessions end with the next request."""
    theirs = cast.client("viewer")
    page = f"/admin/accounts/user/{cast.viewer.pk}/change/"
    assert browser_of(operator).post(page, inline(cast.viewer)).status_code == 302
    assert not User.objects.get(pk=cast.viewer.pk).is_active
    assert theirs.get("/projects/").status_code == 302


def test_staff_cannot_make_itself_more(cast, operator):
    """With every permission Django has, but without being superuser."""
    operator.is_superuser = False
    operator.save()
    operator.user_permissions.set(Permission.objects.all())
    page = f"/admin/accounts/user/{operator.pk}/change/"
    form = {"is_active": "on", "is_staff": "on", "is_superuser": "on"} | inline(operator)
    assert browser_of(operator).post(page, form).status_code == 403
    assert not User.objects.get(pk=operator.pk).is_superuser
