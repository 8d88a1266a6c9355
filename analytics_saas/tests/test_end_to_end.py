"""The main job: a new customer, a pasted snippet, three visitors, and exact numbers on screen."""

import re

import pytest

from analytics_saas.bench.browser import chromium, create_project, serve, sign_up
from analytics_saas.bench.product import running_product

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 {}Safari/537.36"
# Each visitor's user agent and address: a German desktop, an American one, an Indian phone.
VISITORS = [
    (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.format('')}", "84.128.17.33"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME.format('')}", "73.1.17.33"),
    (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME.format('Mobile ')}", "117.192.17.33"),
]
PAGE = """<!doctype html><title>Shop</title>
<script>window.daysalt=window.daysalt||function(){(daysalt.q=daysalt.q||[]).push(arguments)}</script>
%s
<a id="next" href="/two.html">next</a>
<button id="buy" onclick="daysalt('Buy', {props: {plan: 'pro'}})">buy</button>
<button id="route" onclick="history.pushState({}, '', '/three')">route</button>"""


@pytest.fixture(scope="module")
def origin(stores):
    """The whole product; its collector believes a forwarded address from this machine."""
    with running_product({"TRUSTED_PROXIES": "127.0.0.1,::1"}) as found:
        yield found


@pytest.fixture(scope="module")
def chrome():
    """One Chromium for the module."""
    with chromium() as found:
        yield found


def visit(browser, address, agent, ip, *clicks):
    """One visitor's way through the site; each click sends one beacon."""
    headers = {"x-forwarded-for": ip}
    context = browser.new_context(user_agent=agent, extra_http_headers=headers)
    page = context.new_page()
    with page.expect_response("**/pageview") as beacon:
        page.goto(f"{address}/?utm_source=mail&secret=1")
    assert beacon.value.status == 202
    for click in clicks:
        with page.expect_response(re.compile("/(pageview|event)$")) as beacon:
            page.click(click)
        assert beacon.value.status == 202
        assert "x-daysalt-dropped" not in beacon.value.headers
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    context.close()


def numbers(page):
    """The six figures by metric, as shown."""
    found = page.query_selector_all(".number")
    return {one.get_attribute("data-metric"): one.inner_text().split("\n")[-1] for one in found}


def rows(page, card):
    """A card's rows as (name, number) pairs."""
    found = page.query_selector_all(f'.card[aria-label="{card}"] li')
    return [tuple(one.inner_text().split("\n")) for one in found]


def settled(page):
    """Wait until the numbers on screen belong to the view."""
    page.wait_for_selector(".board[aria-busy=false]")
    page.wait_for_selector(".rows:not(.skeleton)")


def test_a_pasted_snippet_becomes_exact_numbers(origin, chrome):
    """Sign-up, project, snippet, green dot, six numbers, four cards, filter, link."""
    owner = chrome.new_context().new_page()
    errors = []
    owner.on("pageerror", lambda error: errors.append(str(error)))
    owner.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    sign_up(owner, origin)
    project, snippet = create_project(owner, "Shop", "shop.example.com", "Asia/Kolkata")
    assert "Waiting for the first page view" in owner.inner_text("#waiting")
    owner.goto(f"{origin}/projects/{project}/")
    owner.wait_for_selector(".waiting")
    assert snippet in owner.inner_text(".snippet")
    early = owner.context.new_page()
    early.goto(owner.url)
    early.wait_for_selector(".waiting")
    owner.go_back()
    with serve(dict.fromkeys(("index.html", "two.html"), PAGE % snippet)) as address:
        visit(chrome, address, *VISITORS[0])
        owner.wait_for_selector("#waiting.live")
        # The waiting dashboard shows the first number at once, not with the next redraw.
        early.wait_for_selector("[data-metric=pageviews] .figure:text-is('1')", timeout=6_000)
        early.close()
        visit(chrome, address, *VISITORS[1], "#next", "#buy")
        visit(chrome, address, *VISITORS[2], "#route")
    owner.click("text=Open the dashboard")
    owner.wait_for_selector("[data-metric=pageviews] .figure:text-is('5')")
    settled(owner)
    shown = numbers(owner)
    # How long the clicks took is not in our hands.
    assert re.fullmatch(r"\d+s", shown.pop("visit_duration"))
    assert shown == {
        "visitors": "3", "visits": "3", "pageviews": "5", "views_per_visit": "1.67",
        "bounce_rate": "33%",
    }  # fmt: skip
    assert rows(owner, "Sources") == [("mail", "3")]
    assert rows(owner, "Pages") == [("/", "3"), ("/three", "1"), ("/two.html", "1")]
    assert rows(owner, "Countries") == [("Germany", "1"), ("India", "1"), ("United States", "1")]
    assert rows(owner, "Devices") == [("Desktop", "2"), ("Mobile", "1")]
    assert rows(owner, "Events") == [("Buy", "1 / 1")]
    owner.wait_for_selector(".current:has-text('3 current visitors')")
    owner.click("text=Germany")
    owner.wait_for_selector("[data-metric=pageviews] .figure:text-is('1')")
    settled(owner)
    assert numbers(owner)["bounce_rate"] == "100%"
    assert rows(owner, "Pages") == [("/", "1")]
    # The view is a link: another tab shows the same.
    other = owner.context.new_page()
    other.goto(owner.url)
    other.wait_for_selector("[data-metric=pageviews] .figure:text-is('1')")
    assert other.inner_text(".pills") == owner.inner_text(".pills")
    owner.go_back()
    owner.wait_for_selector("[data-metric=pageviews] .figure:text-is('5')")
    owner.click("text=Exit pages")
    owner.wait_for_selector(".card[aria-label=Pages] :text('/three')")
    settled(owner)
    assert rows(owner, "Pages") == [("/", "1"), ("/three", "1"), ("/two.html", "1")]
    assert errors == []
