"""The web role as production runs it: DEBUG off, files collected, a host name of its own."""

import json
import os
import re
import subprocess
import sys

import pytest

from analytics_saas.env import BASE_DIR

# Asks the WSGI application's own handler, in a process whose settings are production's.
PROBE = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
settings.STATIC_ROOT = sys.argv[1]
call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["admin", "rest*"])
answer = Client(headers={"host": "analytics.example.com"}).get(sys.argv[2])
text = b"".join(answer) if answer.streaming else answer.content
print(json.dumps([answer.status_code, answer.headers.get("cache-control"), text.decode()]))
"""


# Signs somebody up over HTTPS, with an empty database of its own, and reads what comes back.
DOORS = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
settings.STATIC_ROOT = sys.argv[1]
settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["admin", "rest*"])
host = {"host": "analytics.example.com", "x-forwarded-proto": "https"}
client = Client(headers=host, raise_request_exception=False)
form = {"email": "a@example.com", "password1": "a long enough passphrase"}
client.post("/accounts/signup/", form)
pages = {path: client.get(path) for path in ("/accounts/confirm-email/", "/nothing/")}
pages["plain"] = Client(headers={"host": host["host"]}).get("/accounts/login/")
said = {path: [one.status_code, dict(one.headers), one.content.decode()]
        for path, one in pages.items()}
cookies = {name: one.OutputString() for name, one in client.cookies.items()}
print(json.dumps([said, cookies]))
"""
PRODUCTION = os.environ | {
    "DEBUG": "off",
    "SECRET_KEY": "kJ3-" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN",
    "ALLOWED_HOSTS": "analytics.example.com",
    "DJANGO_SETTINGS_MODULE": "analytics_saas.settings",
}
HTTPS = PRODUCTION | {"WEB_ORIGIN": "https://analytics.example.com"}


@pytest.fixture
def get(tmp_path):
    """Ask a production process for a path: its status, caching rule and body."""
    environment = PRODUCTION | {"WEB_ORIGIN": "http://analytics.example.com"}

    def ask(path):
        command = [sys.executable, "-W", "error::UserWarning", "-c", PROBE, tmp_path, path]
        ran = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return ask


def test_a_page_names_the_style_sheet_by_its_content_and_it_is_cached_for_good(get):
    """So that a new release is seen at once, and an old one never asked for again."""
    status, _, page = get("/")
    assert status == 200
    name = re.search(r"/static/site\.[0-9a-f]{12}\.css", page).group()
    status, caching, text = get(name)
    assert (status, caching) == (200, "max-age=315360000, public, immutable")
    assert text == (BASE_DIR / "analytics_saas" / "static" / "site.css").read_text()


def test_the_plain_name_is_served_too(get):
    """For a page that somebody still has open."""
    assert get("/static/site.css")[:2] == [200, "max-age=60, public"]


def test_django_finds_nothing_to_warn_of_before_a_deployment():
    """Its own list of what production must have, with production's settings."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    ran = subprocess.run(command, cwd=BASE_DIR, env=HTTPS, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "1 silenced" in ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """Pages and cookies of a production process behind HTTPS."""
    folder = tmp_path_factory.mktemp("production")
    environment = HTTPS | {"DATABASE_URL": f"sqlite:///{folder}/own.sqlite3"}
    command = [sys.executable, "-W", "error::UserWarning", "-c", DOORS, folder]
    ran = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_cookies_are_bound_to_the_host_and_to_https(doors):
    """No other host of the domain can set or read them, and no script can."""
    _, cookies = doors
    assert set(cookies) == {"__Host-session", "__Host-csrf"}
    for cookie in cookies.values():
        assert "; Secure" in cookie and "; Path=/" in cookie and "; HttpOnly" in cookie
        assert "; SameSite=Lax" in cookie and "Domain" not in cookie


@pytest.mark.parametrize("path", ["/accounts/confirm-email/", "/nothing/"])
def test_every_page_tells_the_browser_to_be_careful(doors, path):
    """Also the page that is not there, which is in our own look."""
    status, headers, page = doors[0][path]
    assert status == (404 if path == "/nothing/" else 200)
    assert "Daysalt" in page and "Development only" not in page
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_plain_http_is_led_to_https(doors):
    """Before anything is asked or shown."""
    status, headers, _ = doors[0]["plain"]
    assert status == 301
    assert headers["Location"] == "https://analytics.example.com/accounts/login/"
