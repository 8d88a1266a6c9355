"""The page view of a browser without scripts."""

import json

import pytest

from analytics_saas.bench.browser import chromium, serve
from collector.pixel import GIF
from collector.tests.door import CHROME, PAGE, entries, post, publish

QUERY = f"p={PAGE['p']}&u=https%3A%2F%2Fshop.example%2Fa%3Futm_source%3Dmail"


@pytest.fixture(autouse=True)
def rules():
    """A published project with a stream of its own."""
    return publish()


def ask(query, headers=None, method="GET"):
    """Ask for the pixel."""
    return post(b"", "/p.gif", headers, method=method, query=query.encode())


def test_a_pixel_is_a_page_view():
    """A picture that no cache keeps."""
    status, headers, body = ask(f"{QUERY}&r=https%3A%2F%2Fwww.google.com%2F&w=390")
    assert (status, body) == (200, GIF)
    assert headers[b"content-type"] == b"image/gif"
    assert headers[b"cache-control"] == b"no-store"
    (event,) = entries()[0].events
    assert (event.name, event.path, event.source) == ("pageview", "/a", "mail")
    assert (event.screen, event.referrer) == ("Mobile", "www.google.com/")


def test_without_u_the_page_is_the_referer():
    """Of what the browser sends, an empty `u` says nothing."""
    for query in (f"p={PAGE['p']}", f"p={PAGE['p']}&u="):
        assert ask(query, {"referer": "https://shop.example/b"})[0] == 200
    assert [event.path for entry in entries() for event in entry.events] == ["/b", "/b"]


def test_a_head_counts_nothing():
    """It asks about the picture, not for it."""
    status, headers, body = ask(QUERY, method="HEAD")
    assert (status, headers[b"content-type"], body) == (200, b"image/gif", b"")
    assert entries() == []


def test_a_drop_is_a_picture_too():
    """With its reason."""
    status, headers, body = ask(QUERY, {"sec-gpc": "1"})
    assert (status, body, headers[b"x-daysalt-dropped"]) == (200, GIF, b"privacy_signal")


@pytest.mark.parametrize(
    ("query", "status", "field", "words"),
    [
        ("", 400, "p", "12 letters"),
        ("p=%FF%00", 400, "p", "12 letters"),
        (f"p={PAGE['p']}", 400, "u", "Referer"),
        (f"p={PAGE['p']}&u=ftp://x.example/", 400, "u", "http(s)"),
        (f"{QUERY}&w=wide", 400, "w", "20000"),
        (f"{QUERY}&w=-1", 400, "w", "20000"),
        (f"{QUERY}&w=99999", 400, "w", "20000"),
        ("&".join(["a=b"] * 30), 400, None, "20 parameters"),
        (QUERY.replace("aaaa", "bbbb"), 404, "p", "set-up page"),
    ],
)
def test_a_bad_pixel_is_told_what_to_change(query, status, field, words):
    """In JSON, for whoever looks into the network panel."""
    answered, _, body = ask(query)
    error = json.loads(body)["error"]
    assert (answered, error["field"]) == (status, field)
    assert words in error["message"]
    assert entries() == []


def test_a_browser_without_scripts_is_counted(collector):
    """By the line of the documentation, in a real Chromium; and it sees a picture."""
    line = f'<img src="{collector}/p.gif?p={PAGE["p"]}" referrerpolicy="no-referrer-when-downgrade"'
    page = f"<!doctype html><title>x</title><noscript>{line} alt=''></noscript>"
    with serve({"shelf.html": page}) as site, chromium() as browser:
        context = browser.new_context(user_agent=CHROME, java_script_enabled=False)
        tab = context.new_page()
        with tab.expect_response("**/p.gif*") as answered:
            tab.goto(f"{site}/shelf.html?utm_source=mail")
        assert answered.value.status == 200
        assert answered.value.body() == GIF
        assert context.cookies() == []
    (event,) = (event for entry in entries() for event in entry.events)
    assert (event.path, event.hostname, event.source) == ("/shelf.html", "localhost", "mail")
