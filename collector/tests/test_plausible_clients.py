"""Plausible's own npm packages, unchanged, in a real Chromium, down to the stream."""

import os
import subprocess

import pytest

from analytics_saas.bench.browser import chromium, serve
from analytics_saas.embedded.frontend import FRONTEND, node_tools
from collector.tests.door import CHROME, PAGE, entries, publish

OLD = """
import Plausible from "plausible-tracker";
const plausible = Plausible({ domain: PROJECT, apiHost: COLLECTOR, trackLocalhost: true });
plausible.enableAutoPageviews();
window.buy = () => plausible.trackEvent("Buy", { props: { plan: "pro" } });
"""
NEW = """
import { init, track } from "@plausible-analytics/tracker";
init({ domain: PROJECT, endpoint: COLLECTOR + "/api/event", captureOnLocalhost: true });
const revenue = { currency: "EUR", amount: 12.9 };
window.buy = () => track("Buy", { props: { plan: "pro" }, revenue, interactive: false });
"""
HTML = "<!doctype html><title>Shop</title><body style='height:4000px'><script>{}</script>"


def bundled(source, collector, folder):
    """Return a page with a script over the packages that npm installed."""
    entry = folder / "entry.js"
    entry.write_text(source)
    command = [str(FRONTEND / "node_modules" / ".bin" / "esbuild"), str(entry), "--bundle"]
    command += [f'--define:PROJECT="{PAGE["p"]}"', f'--define:COLLECTOR="{collector}"']
    environment = os.environ | {
        "NODE_PATH": str(FRONTEND / "node_modules"),
        "PATH": node_tools()[1],
    }
    built = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return HTML.format(built.stdout)


@pytest.fixture
def events():
    """What reached the stream, once that many events are there."""
    publish()
    return lambda: [event for entry in entries() for event in entry.events]


def visit(page, collector):
    """View a page, buy, be routed by the page; wait for each answer."""
    with serve({"index.html": page}) as site, chromium() as browser:
        context = browser.new_context(user_agent=CHROME)
        tab = context.new_page()
        seen = []
        tab.on("response", lambda answer: seen.append((answer.status, answer.url)))
        with tab.expect_response("**/api/event"):
            tab.goto(f"{site}/?utm_source=mail")
        with tab.expect_response("**/api/event"):
            tab.evaluate("buy()")
        with tab.expect_response("**/api/event") as last:
            tab.evaluate("history.pushState({}, '', '/two')")
        assert last.value.text() == "ok"
        tab.wait_for_load_state("networkidle")
        assert context.cookies() == []
    return [status for status, url in seen if url == f"{collector}/api/event"]


def test_plausible_tracker_works(collector, events, tmp_path):
    """The older package, by XMLHttpRequest."""
    assert set(visit(bundled(OLD, collector, tmp_path), collector)) == {202}
    assert [(event.name, event.path) for event in events()] == [
        ("pageview", "/"),
        ("Buy", "/"),
        ("pageview", "/two"),
    ]
    assert events()[1].props == {"plan": "pro"}
    assert events()[0].source == "mail"


def test_plausible_analytics_tracker_works(collector, events, tmp_path):
    """The newer package, by fetch, with engagement and revenue."""
    assert set(visit(bundled(NEW, collector, tmp_path), collector)) == {202}
    found = {(event.name, event.path): event for event in events()}
    assert set(found) >= {
        ("pageview", "/"),
        ("Buy", "/"),
        ("engagement", "/"),
        ("pageview", "/two"),
    }
    buy, read = found["Buy", "/"], found["engagement", "/"]
    assert (buy.props, buy.revenue, buy.currency) == ({"plan": "pro"}, "12.900", "EUR")
    assert buy.interactive == 0
    assert 0 < read.scroll_depth < 100
    assert len({event.visitor_id for event in events()}) == 1
