"""Requests that a browser would not send by itself: foreign hosts, forms, targets and addresses."""

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from accounts.tests.doors.conftest import (
    PASSWORD,
    mailed_code,
    new_address,
    new_client,
)
from analytics_saas.env import env

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example.com/", "//evil.example.com/", "///evil.example.com", "http:evil.example",
    "\\\\evil.example.com", "/\\evil.example.com", "https:///evil.example.com",
    "javascript:alert(1)", "data:text/html,x", "https://evil.example.com@localhost/",
    "http://localhost.evil.example.com/", " https://evil.example.com/",
    "\thttps://evil.example.com/", "https://127.0.0.1/",
]  # fmt: skip
REFUSED = (401, 403, 404, 405)
# Other ways to say who one is, from the lists of other products.
SPOOFED = [
    "x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip",
    "fastly-client-ip", "x-cluster-client-ip", "x-forwarded", "forwarded-for", "forwarded",
    "x-appengine-user-ip", "x-original-forwarded-for",
]  # fmt: skip


def leads_away(answer):
    """Whether an answer sends the browser to another site."""
    return "evil" in answer.headers.get("location", "") or ":" in answer.headers.get("location", "")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_way_in_or_out_leads_to_another_site(owner, target):
    """A link of ours must not end at somebody else's log-in page."""
    client = new_client()
    form = {"login": owner.email, "password": PASSWORD, "next": target}
    answers = [client.post(reverse("account_login"), form)]
    answers.append(
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": target})
    )
    answers.append(client.get(reverse("account_login"), {"next": target}))
    answers.append(client.post(reverse("account_logout"), {"next": target}))
    client.post(reverse("account_request_login_code"), {"email": owner.email, "next": target})
    code = {"code": mailed_code(owner.email), "next": target}
    answers.append(client.post(reverse("account_confirm_login_code"), code))
    answers.append(client.get(reverse("admin:login"), {"next": target}))
    assert [
        one.headers["location"] for one in answers if one.status_code == 302 and leads_away(one)
    ] == []


def test_a_path_of_ours_is_where_a_person_wanted_to_go(client, owner):
    """Also with the whole origin before it."""
    for target in ("/projects/new/", f"{env.web_origin}/projects/new/"):
        form = {"login": owner.email, "password": PASSWORD, "next": target}
        assert client.post(reverse("account_login"), form).url == target
        client.post(reverse("account_logout"))


def test_a_new_person_goes_on_to_where_they_wanted(client):
    """Sign-up and its code keep `next`."""
    address = new_address()
    form = {"email": address, "password1": PASSWORD, "next": "/projects/new/"}
    client.post(reverse("account_signup"), form)
    code = {"code": mailed_code(address)}
    answer = client.post(reverse("account_email_verification_sent"), code)
    assert answer.url == "/projects/new/"


def pages(patterns=None, prefix="/"):
    """Every address of the web role that needs no argument."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(one.pattern).lstrip("^").rstrip("$").replace("\\Z", "")
        if isinstance(one, URLResolver):
            yield from pages(one.url_patterns, route)
        elif isinstance(one, URLPattern) and not any(mark in route for mark in "<(?["):
            yield route


def test_no_form_is_taken_from_a_foreign_page(owner):
    """Without our token nothing happens, whoever is logged in, at any address."""
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.255.0.1")
    client.force_login(owner)
    form = {"email": "x@example.com", "action_add": ""}
    # Asked by programs without cookies, or checked behind the redirect that leads to consent.
    apart = ("/_allauth/app/", "/identity/o/")
    paths = {path for path in pages() if not path.startswith(apart)}
    taken = {path: client.post(path, form).status_code for path in sorted(paths)}
    assert len(taken) > 40
    # What takes no form says so, or that there is nothing.
    assert {path: status for path, status in taken.items() if status not in REFUSED} == {}


def test_a_host_that_is_not_ours_is_refused(client):
    """No page, no mail, no link is made with it."""
    form = {"email": new_address()}
    for host in ("evil.example.com", "localhost.evil.example.com", "localhost@evil.example.com"):
        answer = client.post(reverse("account_reset_password"), form, headers={"host": host})
        assert answer.status_code == 400
    forwarded = {"x-forwarded-host": "evil.example.com"}
    assert (
        client.post(reverse("account_reset_password"), form, headers=forwarded).status_code == 302
    )


def test_links_in_mails_never_follow_the_host_header(client, owner, settings):
    """Even among several hosts of ours, a mail names WEB_ORIGIN."""
    settings.ALLOWED_HOSTS = ["*"]
    for form, address in (
        ("account_signup", owner.email),
        ("account_reset_password", new_address()),
    ):
        data = {"email": address, "password1": PASSWORD}
        client.post(reverse(form), data, headers={"host": "evil.example.com"})
    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert env.web_origin in message.body
        assert "evil" not in message.body + message.alternatives[0][0] + message.subject


@pytest.mark.parametrize("name", SPOOFED)
def test_nobody_chooses_the_address_they_are_counted_by(owner, name):
    """Twelve headers, none of them believed: the limit holds and the session shows the peer."""
    network, answers = new_client().defaults, []
    for number in range(21):
        claim = f"203.0.113.{number}"
        headers = {name: f"for={claim}" if name == "forwarded" else claim}
        form = {"email": new_address()}
        ask = reverse("account_request_login_code")
        answers.append(Client(**network).post(ask, form, headers=headers).status_code)
    # The 21st of one network is shown the form again, with the reason.
    assert answers == [302] * 20 + [200]
    other = Client(**new_client().defaults)
    other.post(
        reverse("account_login"), {"login": owner.email, "password": PASSWORD},
        headers={name: "203.0.113.77"},
    )  # fmt: skip
    seen = UserSession.objects.filter(user=owner).latest("pk")
    assert seen.ip == other.defaults["REMOTE_ADDR"]


def test_a_trusted_proxy_names_the_client(owner, monkeypatch):
    """By the last address that it did not add itself; what stands before is the client's claim."""
    from dataclasses import replace
    from ipaddress import ip_network

    from analytics_saas import address

    trusting = replace(env, trusted_proxies=(ip_network("10.0.0.0/8"),))
    monkeypatch.setattr(address, "env", trusting)
    client = new_client()
    client.post(
        reverse("account_login"), {"login": owner.email, "password": PASSWORD},
        headers={"x-forwarded-for": "1.2.3.4, 198.51.100.7, 10.1.1.1"},
    )  # fmt: skip
    assert UserSession.objects.get(user=owner).ip == "198.51.100.7"
