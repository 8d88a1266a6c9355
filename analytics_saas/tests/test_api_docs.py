"""docs/api.md tells the truth: its examples run, its table of scopes is the code's."""

import json
import re
import shutil
import subprocess

import pytest
from django.core.cache import cache

from accounts.models import ApiToken
from accounts.oauth.tests import third_party
from accounts.principal import Principal
from accounts.roles import PROJECT_SCOPES, SCOPE_WORDS
from accounts.tokens.services import create_token
from analytics_saas.env import BASE_DIR
from reports.catalog import AUTOMATIC_TIME, DIMENSIONS, METRICS, PROPERTY_PREFIX
from reports.filters import Op
from reports.periods import NAMES

TEXT = (BASE_DIR / "docs" / "api.md").read_text()
PASSWORD = "a long enough passphrase"


def test_the_table_of_scopes_is_the_codes():
    """Both ways: names, words, and what an app or a bound token can have."""
    told = re.findall(r"^\| `([a-z]+:[a-z]+)` \| (.+?) \| (\w+) \| (\w+) \|$", TEXT, re.MULTILINE)
    known = []
    for scope, words in SCOPE_WORDS.items():
        of_projects = "yes" if scope in PROJECT_SCOPES else "no"
        known.append((scope, words[0].lower() + words[1:], of_projects, of_projects))
    assert told == known


def test_the_table_of_questions_is_the_codes():
    """Every metric, dimension, operator and name of a period, and none beside them."""
    section = TEXT.partition("## Numbers")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))
    told = {key: set(re.findall(r"`([\w:]+)`", words)) for key, words in rows.items()}
    assert told["metrics"] == set(METRICS)
    assert told["dimensions"] == {*DIMENSIONS, AUTOMATIC_TIME, f"{PROPERTY_PREFIX}KEY"}
    assert told["filters"] == set(Op)
    assert told["date_range"] == set(NAMES)


def test_every_address_in_the_text_is_there(db, client):
    """None of them answers that there is nothing."""
    paths = set(re.findall(r"`(/[\w./-]+)`", TEXT)) - {"/api", "/api/v1/"}
    assert len(paths) > 4
    for path in paths:
        assert client.head(path).status_code != 404, path


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples need curl")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clickhouse_tables")
def test_every_example_runs_in_the_order_of_the_text(cast, live_server):
    """Each takes what the one before gave."""
    cache.clear()
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    project = cast.organization.projects.create(name="Shop", domain="x.example", time_zone="UTC")
    given = {"organization": cast.organization, "principal": Principal(), "name": "CI"}
    _, token = create_token(**given, scopes=["stats:read", "projects:read", "projects:write"])
    app = third_party.register()
    browser = cast.client("admin")
    values = {
        "DAYSALT": live_server.url,
        "ORGANIZATION": cast.organization.public_id,
        "PROJECT": project.public_id,
        "TOKEN": token,
        "EMAIL": cast.owner.email,
        "PASSWORD": PASSWORD,
        "CLIENT_ID": app.id,
        "VERIFIER": third_party.VERIFIER,
        "REDIRECT_URI": third_party.CALLBACK,
        "CODE": third_party.led_back(third_party.consent(browser, app, [project]))["code"],
    }
    examples = iter(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))

    def run():
        command = next(examples)
        assert not set(re.findall(r"\$([A-Z_]+)", command)) - set(values)
        ran = subprocess.run(["bash", "-euc", command], env=values, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout) if ran.stdout else {}

    assert run()["results"] == [{"dimensions": [], "metrics": [0, 0]}]
    pages = run()
    assert (pages["results"], pages["meta"]) == ([], {"total_rows": 0})
    assert run()["snippet"].startswith("<script defer")
    assert run()["name"] == "Purchase"
    assert run()["blocked_pages"] == ["/admin/**"]
    meta = run()["meta"]
    values |= {"ACCESS_TOKEN": meta["access_token"], "REFRESH_TOKEN": meta["refresh_token"]}
    assert [one["name"] for one in run()["results"]] == ["CI"]
    values["ACCESS_TOKEN"] = run()["data"]["access_token"]
    assert run()["meta"] == {"is_authenticated": False}
    issued = run()
    values["OAUTH_TOKEN"] = issued["access_token"]
    assert run()["current_visitors"] == 0
    values["OAUTH_REFRESH_TOKEN"] = issued["refresh_token"]
    values["OAUTH_REFRESH_TOKEN"] = run()["refresh_token"]
    assert run() == {}
    assert not app.token_set.exists()
    assert run()["totals"]["accepted"] == 0
    assert next(examples, None) is None
    assert ApiToken.objects.get().last_used_on
