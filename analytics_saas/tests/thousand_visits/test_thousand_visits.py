"""A thousand visits through collector, stream, drain, tables and query API, to the unit."""

import datetime
import http.client
import json
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas import clickhouse
from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import running, running_collector
from analytics_saas.env import env
from analytics_saas.tests.thousand_visits import recount, traffic
from projects import registry
from projects.models import Project
from reports import catalog

pytestmark = pytest.mark.django_db(transaction=True)
METRICS = [key for key, row in catalog.METRICS.items() if row.need is catalog.Need.NOTHING]
DIMENSIONS = [*recount.OF_EVENT, *recount.OF_VISIT, *recount.OF_TIME]
SITTINGS_PER_SITE = 200
MOST_QUERIES = 20


@pytest.fixture(scope="module")
def pipeline(clickhouse_tables):
    """Collector and drain as `make up` starts them, over a queue of their own."""
    folder = env.data_dir / "thousand"
    folder.mkdir()
    own = {"REDIS_QUEUE_URL": f"unix://{folder}/queue.sock", "TRUSTED_PROXIES": "127.0.0.1"}
    queue = parts.queue_part(replace(env, data_dir=folder))
    drain = next(part for part in parts.roles(env) if part.name == "drain")
    with running(queue), running(drain, own), running_collector(own) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def owner(client):
    """Who may see all five projects; they are in SQL and published to the collector."""
    person = User.objects.create_user("owner@example.com", "a long enough passphrase")
    organization = create_person_organization(person=person)
    for site in traffic.SITES:
        project = Project(pk=site.id, public_id=site.public_id, time_zone=site.zone)
        project.organization, project.name, project.domain = organization, "Shop", "shop.example"
        project.save()
        registry.push(project.rules())
    client.force_login(person)
    return person


def send_all(origin, requests):
    """Send in the order of time, the shards side by side, over one connection each."""
    by_shard = defaultdict(list)
    for one in sorted(requests, key=lambda one: one.at):
        by_shard[one.site.id % env.queue_shards].append(one)
    with ThreadPoolExecutor(len(by_shard)) as pool:
        answers = pool.map(lambda batch: send(origin, batch), by_shard.values())
    return sum(answers, Counter())


def send(origin, requests):
    """Count the answers as (status, reason it was not counted)."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=30)
    answers = Counter()
    for one in requests:
        path = "/pageview" if one.name == "pageview" else "/event"
        connection.request("POST", path, json.dumps(one.beacon), one.headers)
        answer = connection.getresponse()
        answer.read()
        answers[answer.status, answer.headers["x-daysalt-dropped"]] += 1
    connection.close()
    return answers


def wait_for(rows):
    """Wait until the drain has stored so many events of all sites; they are written last."""
    sql = f"SELECT count() FROM events WHERE project_id BETWEEN {traffic.SITES[0].id} AND "
    deadline, found = time.monotonic() + 30, 0
    while found < rows and time.monotonic() < deadline:
        time.sleep(0.1)
        found = clickhouse.reader().command(sql + str(traffic.SITES[-1].id))
    assert found == rows


def questions(site, visits):
    """Every dimension without a filter, and with each `is` and `contains` on one of the sites."""
    chance, number = random.Random(site.id), traffic.SITES.index(site)
    conditions = [
        [operator, dimension, values]
        for dimension in (recount.OF_EVENT | recount.OF_VISIT)
        for operator, values in _values(dimension, visits, chance).items()
    ]
    second = site.first + datetime.timedelta(days=1)
    for dimension in ("", *DIMENSIONS):
        for condition in [None, *conditions[number :: len(traffic.SITES)]]:
            yield site.first, site.last, dimension, condition
        yield second, second, dimension, chance.choice(conditions)
        yield second, site.last, dimension, None


def _values(dimension, visits, chance):
    """Two values to be, and a part of one to contain, among those that occur."""
    read = recount.OF_VISIT.get(dimension)
    seen = {read(visit) for visit in visits} if read else {
        recount.OF_EVENT[dimension](event) for visit in visits for event in visit.events
    }  # fmt: skip
    chosen = chance.sample(sorted(seen), min(2, len(seen)))
    part = max(chosen, key=len)
    return {"is": chosen, "contains": [part[len(part) // 3 : len(part) // 3 + 2] or part]}


def ask(client, site, asked, metrics=METRICS):
    """Answers of the API as {value: {metric: number}}, many questions to a request."""
    for few in _chunks(asked):
        queries = [
            {
                "metrics": metrics,
                "date_range": [str(first), str(last)],
                "dimensions": [dimension] if dimension else [],
                "filters": [condition] if condition else [],
            }
            for first, last, dimension, condition in few
        ]
        body = {"project_id": site.public_id, "queries": queries}
        answer = client.post("/api/v1/queries", body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        for one in answer.json()["results"]:
            yield {
                "".join(row["dimensions"]): dict(zip(metrics, row["metrics"], strict=True))
                for row in one["results"]
            }


def _chunks(asked):
    return [asked[start : start + MOST_QUERIES] for start in range(0, len(asked), MOST_QUERIES)]


def test_every_number_of_the_api_is_what_was_sent(client, owner, pipeline):
    """Five sites, three local days each, every metric by every dimension, filtered and not."""
    requests = traffic.generate("Daysalt", SITTINGS_PER_SITE)
    counted = [one for one in requests if not one.dropped]
    assert send_all(pipeline, requests) == Counter((202, one.dropped) for one in requests)
    wait_for(len(counted))
    numbers = 0
    for site in traffic.SITES:
        visits = recount.visits_of([one for one in requests if one.site is site])
        assert len(visits) > SITTINGS_PER_SITE
        asked = list(questions(site, visits))
        for question, found in zip(asked, ask(client, site, asked), strict=True):
            assert found == recount.answer(visits, *question), (site, question)
            numbers += sum(map(len, found.values()))
    assert numbers > 10_000


def test_a_metric_asked_alone_is_the_same(client, owner):
    """It may leave out rows where it is nothing, and add none."""
    site = traffic.SITES[1]
    requests = traffic.generate("Daysalt", SITTINGS_PER_SITE)
    visits = recount.visits_of([one for one in requests if one.site is site])
    asked = [(site.first, site.last, dimension, None) for dimension in ("", *DIMENSIONS)]
    for metric in METRICS:
        answers = ask(client, site, asked, [metric])
        for question, found in zip(asked, answers, strict=True):
            expected = recount.answer(visits, *question)
            assert set(found) <= set(expected)
            for value, numbers in expected.items():
                assert found.get(value, {metric: 0})[metric] == numbers[metric], question


def test_the_ledger_accounts_for_every_request():
    """accepted = stored + dropped, per site."""
    requests = traffic.generate("Daysalt", SITTINGS_PER_SITE)
    for site in traffic.SITES:
        own = [one for one in requests if one.site is site]
        sql = f"SELECT outcome, sum(count) FROM ledger FINAL WHERE project_id = {site.id}"
        found = dict(clickhouse.reader().query(f"{sql} GROUP BY 1").result_rows)
        dropped = sum(one.dropped is not None for one in own)
        assert found == {
            "accepted": len(own), "dropped": dropped, "stored": len(own) - dropped
        }  # fmt: skip
