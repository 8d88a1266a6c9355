"""The whole product in Chromium: every page obeys the content policy, logged in and out."""

import os
import subprocess
import sys
import tempfile
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from analytics_saas.bench.browser import CUSTOMER, chromium, create_project, sign_up
from analytics_saas.bench.product import running_product
from analytics_saas.csp import embeddable
from analytics_saas.env import BASE_DIR

ADDRESS = "operator@example.com"
# Logs out, or is no page.
SKIPPED = ("/accounts/logout/", "/accounts/2fa/recovery-codes/download/", "/admin/logout/")
# For programs.
TABS = ("", "rules/", "goals/", "segments/", "sharing/", "danger/")
NO_PAGES = ("/_allauth/", "/identity/", "/.well-known/", "/api/")
# What a browser reports itself when a page is not there or not allowed.
OUTCOMES = ("403", "404", "405", "401", "409")


def pages(patterns=None, prefix="/"):
    """Every address of the web role that needs no argument, the admin's included."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(one.pattern).lstrip("^").rstrip("$")
        if isinstance(one, URLResolver):
            yield from pages(one.url_patterns, route)
        elif not any(mark in route for mark in "<(?[") and not route.startswith(NO_PAGES):
            yield route


@pytest.fixture(scope="module")
def folder():
    """Where the product keeps its data, for a command beside it."""
    with tempfile.TemporaryDirectory(prefix="daysalt-") as found:
        yield found


@pytest.fixture(scope="module")
def product(stores, folder):
    """The whole product."""
    with running_product({"DATA_DIR": folder}) as origin:
        yield origin


@pytest.fixture(scope="module")
def browser():
    """One Chromium for the module."""
    with chromium() as found:
        yield found


@pytest.fixture
def watched(browser):
    """A tab, and everything that its policy or its console complains of."""
    context = browser.new_context()
    page, complaints = context.new_page(), []
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', (e) =>"
        " console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`))"
    )

    def hear(line):
        expected = "Failed to load resource" in line.text and any(
            f"status of {code}" in line.text for code in OUTCOMES
        )
        if line.type == "error" and not expected:
            complaints.append((page.url, line.text))

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append((page.url, str(error))))
    yield page, complaints
    context.close()


def crawl(page, origin, paths):
    """Open every page; how many were shown, and by which policy."""
    policies, shown = set(), 0
    for path in paths:
        answer = page.goto(f"{origin}{path}", wait_until="load")
        page.evaluate("new Promise(done => setTimeout(done, 60))")
        if answer.status < 400 and "html" in answer.headers.get("content-type", ""):
            shown += 1
            policies.add(answer.headers.get("content-security-policy", "none"))
    return shown, policies


def strict(policy):
    """Whether a policy names no way around itself."""
    rules = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    loose = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:")
    scripts = f"{rules['script-src']} {rules['style-src']}".split()
    return (
        rules["default-src"] == "'none'"
        and rules["base-uri"] == rules["object-src"] == "'none'"
        and rules["frame-ancestors"] == "'none'"
        and rules["form-action"] == "'self'"
        and not any(word in loose or word.startswith("data") for word in scripts)
    )


def test_no_page_breaks_the_policy_before_the_log_in(product, watched):
    """Each page that anybody can open, and each that leads to the log-in page."""
    page, complaints = watched
    paths = [path for path in sorted(set(pages())) if path not in SKIPPED]
    shown, policies = crawl(page, product, paths)
    assert complaints == []
    assert shown > 30 and all(strict(policy) for policy in policies)


def test_no_page_breaks_the_policy_after_the_log_in(product, watched):
    """Also the dashboard, set-up, the account's pages, and every dangerous one behind them."""
    page, complaints = watched
    sign_up(page, product)
    project, _ = create_project(page, "Shop", "shop.example.com", "Europe/Berlin")
    page.goto(f"{product}/accounts/reauthenticate/")
    page.fill("[name=password]", CUSTOMER[1])
    page.click("main form button")
    own = [f"/projects/{project}/", f"/projects/{project}/setup/", "/accounts/delete/"]
    own += [f"/projects/{project}/settings/{tab}" for tab in TABS]
    page.goto(f"{product}/organizations/")
    team = page.locator("main a[href^='/organizations/o_']").first.get_attribute("href")
    own += [
        f"{team}{tab}"
        for tab in ("", "usage/", "audit/", "tokens/", "settings/", "settings/delete/")
    ]
    own += [path for path in sorted(set(pages())) if path not in SKIPPED]
    shown, policies = crawl(page, product, own)
    page.goto(f"{product}/projects/{project}/")
    page.wait_for_load_state("networkidle")
    assert complaints == []
    assert shown > 20 and all(strict(policy) for policy in policies)


def test_no_page_of_the_admin_breaks_the_policy(product, folder, watched):
    """Lists, forms and one object, for an operator with a second factor."""
    page, complaints = watched
    sign_up(page, product, ADDRESS)
    promote = "from accounts.models import User; User.objects.filter(email='{}').update"
    command = f"{promote.format(ADDRESS)}(is_staff=True, is_superuser=True)"
    shell = [sys.executable, "manage.py", "shell", "-c", command]
    subprocess.run(shell, cwd=BASE_DIR, env=os.environ | {"DATA_DIR": folder}, check=True)
    log_in_with_an_app(page, product)
    admin = [path for path in sorted(set(pages())) if path.startswith("/admin/")]
    admin = [path for path in admin if path not in SKIPPED]
    shown, policies = crawl(page, product, [*admin, "/admin/accounts/user/1/change/"])
    assert complaints == []
    assert shown > 15 and all(strict(policy) for policy in policies)


def log_in_with_an_app(page, origin):
    """Add an authenticator app, log out, and come back with its next code."""
    page.goto(f"{origin}/accounts/2fa/totp/activate/")
    page.fill("[name=password]", CUSTOMER[1])
    page.click("main form button")
    secret = page.inner_text(".secret")
    counter = int(time.time()) // 30
    for number, url in ((counter, None), (counter + 1, f"{origin}/accounts/login/")):
        if url:
            page.context.clear_cookies()
            page.goto(url)
            page.fill("[name=login]", ADDRESS)
            page.fill("[name=password]", CUSTOMER[1])
            page.click("main form button")
        page.fill("[name=code]", format_hotp_value(hotp_value(secret, number)))
        page.click("main form button")
    page.wait_for_url("**/projects/")


def test_the_policy_stops_a_script_that_somebody_smuggled_in(product, watched):
    """The wall stands where escaping would fail: neither handler nor style nor script runs."""
    page, complaints = watched
    page.goto(f"{product}/accounts/login/")
    for html in (
        "<img src=x onerror='window.hit=1'>",
        "<p style='color:red'>",
        "<b onclick='hit=1'>",
    ):
        page.evaluate(
            "html => { document.querySelector('main').insertAdjacentHTML('beforeend', html) }", html
        )
    page.evaluate("() => { const s = document.createElement('script'); s.text = 'window.hit=1';"
                  " document.body.append(s) }")  # fmt: skip
    page.wait_for_timeout(300)
    assert page.evaluate("window.hit") is None
    assert sum("policy:" in text for _, text in complaints) >= 3


def test_a_view_can_be_opened_for_frames_alone(rf):
    """For embedded dashboards: everything else of the policy stays."""
    from csp.middleware import CSPMiddleware
    from django.http import HttpResponse
    from django.middleware.clickjacking import XFrameOptionsMiddleware

    def seen(view):
        answer = CSPMiddleware(XFrameOptionsMiddleware(view))(rf.get("/"))
        return answer.headers["content-security-policy"], answer.headers.get("x-frame-options")

    closed, denied = seen(lambda request: HttpResponse())
    opened, allowed = seen(embeddable(lambda request: HttpResponse()))
    assert strict(closed) and denied == "DENY"
    assert allowed is None and "frame-ancestors *" in opened
    assert strict(opened.replace("frame-ancestors *", "frame-ancestors 'none'"))
