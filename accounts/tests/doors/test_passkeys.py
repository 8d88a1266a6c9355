"""Passkeys, in a real Chromium with an authenticator that is made up."""

import re

import pytest

from analytics_saas.bench.browser import CUSTOMER, chromium, sign_up
from analytics_saas.bench.product import running_product

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def page(stores):
    """A tab of a customer, who has an authenticator."""
    with running_product() as origin, chromium() as browser:
        context = browser.new_context(base_url=origin)
        tab = context.new_page()
        sign_up(tab, origin)
        devtools = context.new_cdp_session(tab)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield tab


def log_out(page):
    """By the button."""
    page.goto("/accounts/logout/")
    page.click("main form button")
    page.goto("/accounts/login/")


def test_a_passkey_is_added_logs_in_alone_and_is_a_second_factor(page):
    """And a browser that has none is told in words."""
    page.goto("/accounts/2fa/webauthn/add/")
    page.fill("[name=password]", CUSTOMER[1])
    page.click("main form button")
    page.fill("[name=name]", "My laptop")
    page.click("[data-passkey=add]")
    page.wait_for_url("**/recovery-codes/")
    log_out(page)
    page.click("[data-passkey=log-in]")
    page.wait_for_url("**/projects/")
    log_out(page)
    page.fill("[name=login]", CUSTOMER[0])
    page.fill("[name=password]", CUSTOMER[1])
    page.click("main .card button")
    page.wait_for_url("**/2fa/authenticate/")
    page.click("[data-passkey=use]")
    page.wait_for_url("**/projects/")
    page.goto("/accounts/2fa/webauthn/")
    assert re.search("My laptop.*last used", page.inner_text("main"), re.DOTALL)
    log_out(page)
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no')) }")
    page.click("[data-passkey=log-in]")
    page.wait_for_selector("text=No passkey was given. Try again, or take another way.")
