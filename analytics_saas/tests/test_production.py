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


@pytest.fixture
def get(tmp_path):
    """Ask a production process for a path: its status, caching rule and body."""
    environment = os.environ | {
        "DEBUG": "off",
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "analytics.example.com",
        "WEB_ORIGIN": "http://analytics.example.com",
        "DJANGO_SETTINGS_MODULE": "analytics_saas.settings",
    }

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
