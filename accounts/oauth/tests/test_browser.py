"""A tiny app of somebody else's and a person in a real Chromium, from the click to the number."""

import http.server
import json
import threading
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client as Browser

from accounts.oauth.tests.third_party import AUTHORIZE, TOKEN, VERIFIER, request_of
from analytics_saas.bench.browser import chromium


class App(http.server.BaseHTTPRequestHandler):
    """`/` sends the person to us, `/callback` trades the code and asks for who is there."""

    def do_GET(self):
        """Answer both addresses."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if not self.path.startswith("/callback"):
            ours = request_of(self.server.app, redirect_uri=self.server.callback)
            self.send_response(302)
            self.send_header("Location", f"{self.server.daysalt}{AUTHORIZE}?{urlencode(ours)}")
            self.end_headers()
            return
        found = asked if "error" in asked else self.server.visitors(asked["code"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(found | {"state": asked["state"]}).encode())

    def log_message(self, *args):
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    """The app's own back end."""

    def visitors(self, code):
        """What the chosen project and the other one answer."""
        form = {"grant_type": "authorization_code", "code": code, "client_id": self.app.id,
                "redirect_uri": self.callback, "code_verifier": VERIFIER}  # fmt: skip
        token = json.load(self.ask(TOKEN, urlencode(form).encode()))["access_token"]
        answers = {}
        for project in self.projects:
            path = f"/api/v1/projects/{project.public_id}/realtime"
            answers[project.name] = self.ask(path, token=token).status
        return answers

    def ask(self, path, data=None, token=None):
        """Ask Daysalt from the back end."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.daysalt + path, data, headers)
        try:
            return urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            return error


@pytest.fixture
def server(app, shop, blog, live_server):
    """The app on a port of its own, registered with its address."""
    found = Server(("127.0.0.1", 0), App)
    found.origin = f"http://127.0.0.1:{found.server_port}"
    found.callback = f"{found.origin}/callback"
    found.daysalt, found.app, found.projects = live_server.url, app, (shop, blog)
    app.set_redirect_uris([found.callback])
    app.save()
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()


@pytest.fixture
def cookie(cast, live_server):
    """The session of the editor."""
    browser = Browser()
    browser.force_login(cast.editor)
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clickhouse_tables")
def test_a_person_lets_an_app_in_and_it_reads_what_they_chose(server, cookie):
    """The form leads to another origin, which the content security policy has to know."""
    with chromium() as chrome:
        context = chrome.new_context()
        context.add_cookies([cookie])
        page = context.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(server.origin)
        page.check("text=Shop")
        page.click("text=Let it in")
        page.wait_for_url(f"{server.callback}*")
        assert json.loads(page.inner_text("body")) == {
            "Shop": 200,
            "Blog": 404,
            "state": "a state",
        }
        page.goto(server.origin)
        page.click("text=Cancel")
        page.wait_for_url(f"{server.callback}*")
        assert json.loads(page.inner_text("body"))["error"] == "access_denied"
        assert not [one for one in complaints if "Content Security Policy" in one]
