"""What a person does to their own account, and what asks for the password first."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.urls import reverse

from accounts import services
from accounts.models import Membership, Organization, Role, User
from accounts.services import organizations
from accounts.tests.doors.conftest import (
    PASSWORD,
    is_in,
    log_in,
    mailed_code,
    new_address,
    new_client,
)

pytestmark = pytest.mark.django_db

DANGEROUS = [
    "account_delete", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn",
    "mfa_generate_recovery_codes", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
]  # fmt: skip


def confirm_it_is_me(client):
    """Type the password again."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def delete(client, address):
    """Send the farewell form; the answer."""
    return client.post(reverse("account_delete"), {"address": address})


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_dangerous_page_asks_who_it_is_and_then_leads_on(client, owner, name):
    """A session alone, such as one left open, is not enough."""
    if "recovery" in name or "deactivate" in name:
        TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(owner)
    client.force_login(owner)
    answer = client.get(reverse(name))
    assert answer.url.startswith(reverse("account_reauthenticate"))
    wrong = client.post(answer.url, {"password": "wrong"}).content.decode()
    assert "This is not your password." in wrong
    form = {"password": PASSWORD, "next": reverse(name)}
    assert client.post(answer.url, form).url == reverse(name)


def test_every_page_of_an_account_is_for_who_is_logged_in(client):
    """Others are led to the log-in page."""
    names = ["account_overview", "account_email", "account_change_password", "account_delete",
             "mfa_index", "usersessions_list", "socialaccount_connections"]  # fmt: skip
    for name in names:
        assert client.get(reverse(name)).url.startswith(reverse("account_login"))


def test_a_new_address_holds_once_its_code_is_typed(client, owner):
    """The old address is told, and the old one no longer logs in."""
    log_in(client, owner)
    confirm_it_is_me(client)
    old, new = owner.email, new_address("moved")
    client.post(reverse("account_email"), {"email": new, "action_add": ""})
    owner.refresh_from_db()
    assert owner.email == old
    code = {"code": mailed_code(new)}
    client.post(reverse("account_email_verification_sent"), code)
    owner.refresh_from_db()
    assert owner.email == new
    assert [one.email for one in EmailAddress.objects.filter(user=owner)] == [new]
    assert any(one.to == [old] and new in one.body for one in mail.outbox)


def test_the_address_cannot_be_changed_by_a_session_alone(client, owner):
    """It would be the way to take an account over."""
    client.force_login(owner)
    answer = client.post(reverse("account_email"), {"email": new_address(), "action_add": ""})
    assert answer.url.startswith(reverse("account_reauthenticate"))


def test_a_password_is_changed_with_the_old_one_only(client, owner):
    """Wrong ones are named beside their fields."""
    log_in(client, owner)
    form = {"oldpassword": "wrong", "password1": "another passphrase", "password2": "other"}
    page = client.post(reverse("account_change_password"), form).content.decode()
    assert "Please type your current password." in page
    assert "You must type the same password each time." in page
    form = {"oldpassword": PASSWORD} | dict.fromkeys(("password1", "password2"), "another one 123")
    client.post(reverse("account_change_password"), form)
    owner.refresh_from_db()
    assert owner.check_password("another one 123")


def test_a_person_alone_is_deleted_with_their_organization(client, owner):
    """Each registered callback sees the organization before it goes; a mail says farewell."""
    seen = []
    organizations.before_deletion(lambda one, _: seen.append((one.pk, one.members.count())))
    log_in(client, owner)
    confirm_it_is_me(client)
    organization = owner.organizations.get()
    try:
        answer = delete(client, owner.email)
    finally:
        organizations._farewells.pop()
    assert answer.url == reverse("home")
    assert seen == [(organization.pk, 1)]
    assert not User.objects.filter(pk=owner.pk).exists()
    assert not Organization.objects.filter(pk=organization.pk).exists()
    assert not is_in(client)
    assert mail.outbox[-1].to == [owner.email] and "deleted" in mail.outbox[-1].subject


def test_the_last_owner_of_others_stays_and_is_told_what_to_do(client, owner, teammate):
    """Nothing of theirs goes, not even an organization of their own."""
    alone = Organization.objects.create(name="Alone")
    Membership.objects.create(organization=alone, user=owner, role=Role.OWNER)
    log_in(client, owner)
    confirm_it_is_me(client)
    answer = delete(client, owner.email)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Make another member its owner, or remove the other members" in page
    assert owner.organizations.exclude(pk=alone.pk).get().name.replace("'", "&#x27;") in page
    assert User.objects.filter(pk=owner.pk).exists()
    assert Organization.objects.filter(pk=alone.pk).exists()


def test_an_organization_with_another_owner_outlives_one(client, owner, teammate):
    """And a member who is no owner may always go."""
    shared = owner.organizations.get()
    Membership.objects.filter(user=teammate, organization=shared).update(role=Role.OWNER)
    services.erase_person(person=owner)
    assert shared.members.get() == teammate


def test_a_slip_deletes_nothing(client, owner):
    """The address is typed first."""
    log_in(client, owner)
    confirm_it_is_me(client)
    answer = delete(client, "somebody@example.com")
    assert f"Type {owner.email}." in answer.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()


def test_what_fails_while_deleting_leaves_everything(client, owner):
    """A callback that cannot do its work stops the rest."""

    def fail(*_):
        raise RuntimeError("the store is away")

    organizations.before_deletion(fail)
    try:
        with pytest.raises(RuntimeError):
            services.erase_person(person=owner)
    finally:
        organizations._farewells.pop()
    assert User.objects.filter(pk=owner.pk).exists() and owner.organizations.exists()


def test_the_sessions_page_shows_each_and_ends_the_others(client, owner):
    """With browser and address; the one that asks goes on."""
    other = new_client(HTTP_USER_AGENT="Netscape 4")
    for browser in (client, other):
        log_in(browser, owner)
    page = client.get(reverse("usersessions_list")).content.decode()
    assert "Netscape 4" in page and page.count("this one") == 1
    client.post(reverse("usersessions_list"))
    assert is_in(client) and not is_in(other)
