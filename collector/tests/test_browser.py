"""A static site with the snippet, clicked through in Chromium, down to the rows."""

import time

import pytest

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.bench.browser import chromium, serve
from analytics_saas.env import BASE_DIR, env
from collector.drain import drain_once
from collector.shard import Shard
from collector.stream import shard_of
from projects import registry
from projects.registry import ProjectRules

PROJECT = ProjectRules(4_000_007, "p_browser00001", "Europe/Berlin")
CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
)
AGENTS = [CHROME.format("X11; Linux x86_64"), CHROME.format("Windows NT 10.0; Win64; x64"), PHONE]
PAGE = """<!doctype html><title>Shop</title>
<script>window.daysalt=window.daysalt||function(){{(daysalt.q=daysalt.q||[]).push(arguments)}}</script>
<script defer src="{origin}/js/d.js" data-project="{project}"></script>
<a id="next" href="/two.html">next</a>
<button id="buy" onclick="daysalt('Buy', {{props: {{plan: 'pro'}}}})">buy</button>
<button id="route" onclick="history.pushState({{}}, '', '/three')">route</button>"""


@pytest.fixture(scope="module")
def site(collector):
    """A plain web site with the snippet on each page."""
    page = PAGE.format(origin=collector, project=PROJECT.public_id)
    with serve({"index.html": page, "two.html": page}) as origin:
        yield origin


def carry(events):
    """Drain until this many of the project's events are in the table."""
    shard = Shard(stores.queue(), shard_of(PROJECT.id, env.queue_shards))
    deadline = time.monotonic() + 15
    sql = f"SELECT count() FROM events WHERE project_id = {PROJECT.id}"
    while clickhouse.reader().command(sql) < events and time.monotonic() < deadline:
        assert shard.acquire()
        drain_once(stores.queue(), clickhouse.writer(), shard)
        time.sleep(0.05)
    shard.release()


def test_clicks_become_exact_rows(clickhouse_tables, site):
    """Three visitors: one leaves at once, one reads on and buys, one is routed by the page."""
    assert (BASE_DIR / "frontend/dist/tracker/d.js").exists(), "run `make front` first"
    registry.rebuild([PROJECT])
    with chromium() as browser:
        for number, agent in enumerate(AGENTS):
            page = browser.new_context(user_agent=agent).new_page()
            with page.expect_request("**/pageview"):
                page.goto(f"{site}/?utm_source=mail&secret=1")
            if number == 1:
                with page.expect_request("**/pageview"):
                    page.click("#next")
                with page.expect_request("**/event"):
                    page.click("#buy")
            if number == 2:
                with page.expect_request("**/pageview"):
                    page.click("#route")
            assert page.context.cookies() == []
            assert page.evaluate("localStorage.length + sessionStorage.length") == 0
            page.context.close()
    carry(6)
    query = clickhouse.reader().query
    where = f"WHERE project_id = {PROJECT.id}"
    columns = "uniqExact(visitor_id), countIf(name = 'pageview'), countIf(name = 'Buy')"
    assert query(f"SELECT {columns} FROM events {where}").result_rows == [(3, 5, 1)]
    sql = f"SELECT path, count() FROM events {where} AND name = 'pageview' GROUP BY 1 ORDER BY 1"
    assert query(sql).result_rows == [("/", 3), ("/three", 1), ("/two.html", 1)]
    sql = f"SELECT device, entry_page, exit_page, is_bounce FROM visits FINAL {where} ORDER BY 1, 3"
    assert query(sql).result_rows == [
        ("Desktop", "/", "/", 1),
        ("Desktop", "/", "/two.html", 0),
        ("Mobile", "/", "/three", 0),
    ]
    sql = f"SELECT source, props['plan'] FROM events {where} AND name = 'Buy'"
    assert query(sql).result_rows[0][1] == "pro"
